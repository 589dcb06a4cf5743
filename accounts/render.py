"""What /core and /api/keys answer: the published shapes, and the error body of each."""

from __future__ import annotations

from typing import Any

from accounts.services import Key, Profile
from engine import Error
from web.errors import detail_of


def core_error(error: Error) -> dict[str, Any]:
    """DRF's shape: the faults of each field, or `detail`."""
    named: dict[str, list[str]] = {}
    for fault in error.errors:
        if fault.field:
            named.setdefault(fault.field, []).append(fault.message)
    return named or {"detail": error.message}


def published_error(error: Error) -> dict[str, Any]:
    """The body of `core_error` with the text in `error` as well, where DataCube publishes it there."""
    return {"error": error.message, **core_error(error)}


def login_error(error: Error) -> dict[str, Any]:
    """The one route that is published with `error`."""
    return {"error": error.message}


def management_error(error: Error) -> dict[str, Any]:
    return {
        "success": False,
        "message": error.message,
        "errors": [fault.as_dict() for fault in error.errors],
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


def core_key(key: Key) -> dict[str, Any]:
    """A key in the published list, which shows its first 11 characters."""
    return {
        "_id": str(key.id),
        "user_id": str(key.created_by),
        "name": key.name,
        "key_display": key.prefix,
        "is_active": True,
        **_scope(key),
    }


def managed_key(key: Key) -> dict[str, Any]:
    """A key in the list of /api/keys."""
    return {"id": str(key.id), "name": key.name, "prefix": key.prefix, **_scope(key)}


def core_new_key(key: Key) -> dict[str, Any]:
    return {
        "message": "API Key created successfully. Store it securely!",
        "key": key.text,
        "_id": str(key.id),
        "name": key.name,
        **_scope(key),
    }


def managed_new_key(key: Key) -> dict[str, Any]:
    """`key` is the text, shown here and never again."""
    return {"success": True, "key": key.text, **managed_key(key)}


def _scope(key: Key) -> dict[str, Any]:
    return {
        "databases": key.databases,
        "actions": key.actions,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        **({"web": key.web} if key.web else {}),
    }
