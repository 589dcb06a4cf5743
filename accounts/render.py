"""Response and error bodies of /core and /api/keys."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework.settings import api_settings

from accounts.services.keys import Key
from accounts.services.names.teams import NamedTeam
from accounts.services.people import Profile
from accounts.services.second_factor.enrolment import FactorStatus
from accounts.services.sessions import LogIn
from accounts.services.teams import Invited, Member, OwnTeam
from engine import Error
from web.errors import detail_of


def core_error(error: Error) -> dict[str, Any]:
    """Return DRF's error body: messages by field, or `detail` for a single message without a field."""
    if len(error.errors) < 2 and not any(item.field for item in error.errors):
        return {"detail": error.message}
    by_field: dict[str, list[str]] = {}
    for item in error.errors:
        by_field.setdefault(item.field or api_settings.NON_FIELD_ERRORS_KEY, []).append(item.message)
    return by_field


def published_error(error: Error) -> dict[str, Any]:
    """Return the body of `core_error` with the message in `error`, as DataCube publishes it."""
    return {"error": error.message, **core_error(error)}


def login_error(error: Error) -> dict[str, Any]:
    """Return the published error body of the login route; with `code` and `challenge` if a code is needed."""
    return {"error": error.message, **error.details}


def management_error(error: Error) -> dict[str, Any]:
    return {
        "success": False,
        "message": error.message,
        "errors": [item.as_dict() for item in error.errors],
        **detail_of(error),
    }


def profile(user: Profile) -> dict[str, Any]:
    return {
        "id": str(user.id),
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email_verified": user.email_verified,
        "created": user.created_at,
    }


def second_factor(status: FactorStatus) -> dict[str, Any]:
    return {
        "enabled": status.enabled_at is not None,
        "enabled_at": status.enabled_at,
        "recovery_codes_left": status.recovery_codes_left,
    }


def session(session: LogIn) -> dict[str, Any]:
    return asdict(session)


def team(team: OwnTeam | NamedTeam) -> dict[str, Any]:
    return {"id": str(team.id), "name": team.name, "personal": team.personal, "role": team.role}


def member(member: Member) -> dict[str, Any]:
    return {"user_id": member.id_text, "email": member.email, "name": member.name, "role": member.role}


def invitation(item: Invited) -> dict[str, Any]:
    """Return a pending invitation without the secret of its link."""
    return {
        "id": str(item.id),
        "email": item.email,
        "role": item.role,
        "invited_by": item.invited_by,
        "expires_at": item.expires_at,
    }


def core_key(key: Key) -> dict[str, Any]:
    """Return a key for the published list, with its first 11 characters."""
    return {
        "_id": str(key.id),
        "user_id": str(key.created_by),
        "name": key.name,
        "key_display": key.prefix,
        "is_active": True,
        **_scope(key),
    }


def managed_key(key: Key) -> dict[str, Any]:
    """Return a key for the list of /api/keys."""
    return {"id": str(key.id), "name": key.name, "prefix": key.prefix, **_scope(key)}


def core_new_key(key: Key, *, message: str = "API Key created successfully. Store it securely!") -> dict[str, Any]:
    return {
        "message": message,
        "key": key.text,
        "_id": str(key.id),
        "name": key.name,
        **_scope(key),
    }


def managed_new_key(key: Key) -> dict[str, Any]:
    """Return a new key with its text in `key`, which is never shown again."""
    return {"success": True, "key": key.text, **managed_key(key)}


def managed_changed_key(key: Key) -> dict[str, Any]:
    return {"success": True, **managed_key(key)}


def _scope(key: Key) -> dict[str, Any]:
    return {
        "databases": key.databases,
        "actions": key.actions,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "last_used_address": key.last_used_address or None,
        "addresses": key.addresses,
        "rate": key.rate,
        "daily_quota": key.daily_quota,
        "previous_expires_at": key.previous_expires_at,
        **({"web": key.web} if key.web else {}),
        **({"collections": key.collections} if key.collections else {}),
    }
