"""API keys: create, list and revoke; `managing` has rotation and other changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Unpack

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import keys
from accounts.models import ApiKey
from accounts.principal import AccountPrincipal, BrowserKeyScope, PersonPrincipal, Scope, ScopedPrincipal
from accounts.restrictions import networks
from accounts.restrictions.networks import NO_RESTRICTIONS, Restrictions
from accounts.services import principals
from accounts.services.auditing.entries import audit_key
from accounts.services.browser_keys import parse_browser_scope
from accounts.services.quotas import team_limits
from accounts.services.scoping.requested import requested_scope, stored_collections
from engine import DOCUMENT_ACTIONS, Action, FieldError, Forbidden, Invalid, NotFound

_DATABASE_ID = re.compile(r"[0-9a-f]{24}")
_KEY_ID = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Key:
    """A key as its team sees it. `text` is the key itself, set only when the key is created.

    `grants` are the actions by database of an API token; `collections` what a key is limited to.
    """

    id: int
    name: str
    prefix: str
    databases: tuple[str, ...] | None
    actions: tuple[str, ...]
    created_by: int
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    web: Mapping[str, Sequence[str]] | None = None
    grants: Mapping[str, Sequence[str]] | None = None
    last_used_address: str = ""
    addresses: tuple[str, ...] | None = None
    rate: int | None = None
    daily_quota: int | None = None
    previous_expires_at: datetime | None = None
    collections: Mapping[str, Mapping[str, Any]] | None = None
    text: str | None = field(default=None, repr=False)


def create_key(
    principal: AccountPrincipal,
    *,
    name: str,
    databases: Sequence[str] | None = None,
    actions: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    web: Mapping[str, Sequence[str]] | None = None,
    collections: Any = None,
    **restrictions: Unpack[Restrictions],
) -> Key:
    """Create a key of the principal's home team.

    `databases` None allows all of them; `actions` None allows the document actions. `web` makes it a browser key,
    with the members of `BrowserKeyScope`; `verbs` defaults to those that its actions allow. `collections` limits it
    to these, see `scoping`. A key cannot create a key that expires later than itself, or with wider `restrictions`
    than its own.

    Raises `Invalid` for an empty scope or a past expiry, `Forbidden` for more than the principal has and
    `TooLarge` at MAX_KEYS, or `Forbidden` at the team's own quota.
    """
    _check_may_manage(principal)
    allowed = parse_actions(actions)
    scope = Scope(allowed, parse_databases(databases))
    if collections is not None:
        scope = requested_scope(principal, collections, within=scope, web=web)
    browser_scope = None if web is None else parse_browser_scope(web, actions=allowed)
    check_within(principal, scope)
    acting = acting_row(principal)
    expires_at = parse_expiry(expires_at, latest=acting.expires_at if acting else None)
    limited = networks.within({**NO_RESTRICTIONS, **restrictions}, networks.of_row(acting))
    new_key = keys.make()
    with transaction.atomic():
        team_limits.check_room_for_key(principal.home_team)
        row = ApiKey.objects.create(
            team_id=principal.home_team,
            created_by_id=principal.user_id,
            name=name,
            public_id=new_key.public_id,
            digest=new_key.digest,
            **columns_of(scope),
            expires_at=expires_at,
            web=browser_scope.as_dict() if browser_scope else None,
            **limited,
        )
        audit_key("key.create", principal, row)
    return key_of_row(row, text=new_key.text)


def check_databases(principal: AccountPrincipal, ids: Sequence[str] | None) -> None:
    """Raise `Invalid` with an error for each id that is not a database which the principal can see.

    The error is the same whether the database does not exist or belongs to another team.
    """
    unknown = import_string(settings.KEY_DATABASES)(principal, sorted(parse_databases(ids) or ()))
    errors = [
        FieldError(f"databases.{index}", "Database not found.")
        for index, text in enumerate(ids or ())
        if text.lower() in unknown
    ]
    if errors:
        raise Invalid(f"{errors[0].field}: {errors[0].message}", errors=errors)


def own_actions(principal: AccountPrincipal) -> list[str]:
    """Return the names of the actions that the principal may give to a key of its home team."""
    granted = principal.team_actions(principal.home_team)
    return [action.value for action in Action if action in granted]


def list_keys(principal: AccountPrincipal) -> list[Key]:
    """List the team's active keys, newest first. A key sees only keys whose scope is within its own."""
    _check_may_manage(principal)
    rows = ApiKey.objects.filter(team=principal.home_team, revoked_at=None).order_by("-pk")
    return [key_of_row(row) for row in rows if _within(principal, principals.scope_of(row))]


def change_browser_key(
    principal: AccountPrincipal, *, key_id: str, name: str, actions: Sequence[str], web: Mapping[str, Sequence[str]]
) -> Key:
    """Set the name, actions and restrictions of a browser key; its text, databases and expiry stay.

    Raises `NotFound` for a key that is not a browser key, and what `create_key` raises.
    """
    row = own_row(principal, key_id)
    if row.web is None:
        raise NotFound("Key not found or permission denied.")
    allowed = parse_actions(actions)
    browser_scope = parse_browser_scope(web, actions=allowed)
    check_within(principal, Scope(allowed, parse_databases(row.databases)))
    row.name, row.web = name, browser_scope.as_dict()
    row.actions = [action.value for action in Action if action in allowed]
    with transaction.atomic():
        row.save(update_fields=["name", "web", "actions"])
        audit_key("key.change", principal, row)
    principals.invalidate_key(row.digest, row.previous_digest)
    return key_of_row(row)


def list_keys_of_person(principal: PersonPrincipal) -> list[Key]:
    """List the active keys that the user created, in all teams."""
    rows = ApiKey.objects.filter(created_by=principal.user_id, revoked_at=None).order_by("-pk")
    return [key_of_row(row) for row in rows]


def revoke_key(principal: AccountPrincipal, *, key_id: str) -> None:
    """Revoke a key permanently. Raises `NotFound` for a key that is not in `list_keys`."""
    row = own_row(principal, key_id)
    with transaction.atomic():
        ApiKey.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now())
        audit_key("key.revoke", principal, row)
    principals.invalidate_key(row.digest, row.previous_digest)


def columns_of(scope: Scope) -> dict[str, Any]:
    """Return the columns of a key's row that hold a scope."""
    return {
        "databases": None if scope.databases is None else sorted(scope.databases),
        "actions": [action.value for action in Action if action in scope.actions],
        "collections": stored_collections(scope),
    }


def own_row(principal: AccountPrincipal, key_id: str) -> ApiKey:
    """Return the row of a key that is in `list_keys`. Raises `NotFound`, and `Forbidden` without `own`."""
    _check_may_manage(principal)
    row = None
    if _KEY_ID.fullmatch(key_id):
        row = ApiKey.objects.filter(pk=int(key_id), team=principal.home_team, revoked_at=None).first()
    if row is None or not _within(principal, principals.scope_of(row)):
        raise NotFound("Key not found or permission denied.")
    return row


def _check_may_manage(principal: AccountPrincipal) -> None:
    if Action.OWN.value not in own_actions(principal):
        raise Forbidden("Managing keys needs a key with the action 'own', or a user's access token.")


def _within(principal: AccountPrincipal, scope: Scope) -> bool:
    return not isinstance(principal, ScopedPrincipal) or scope.is_within(principal.scope)


def check_within(principal: AccountPrincipal, scope: Scope) -> None:
    """Raise `Forbidden` for a scope with more than the principal has."""
    if not _within(principal, scope):
        raise Forbidden("A key cannot give more than it has itself.")


def acting_row(principal: AccountPrincipal) -> ApiKey | None:
    """Return the row of the key that is the principal; None for a person."""
    return ApiKey.objects.get(pk=int(principal.actor[1:])) if isinstance(principal, ScopedPrincipal) else None


def parse_expiry(requested: datetime | None, *, latest: datetime | None) -> datetime | None:
    """Return the expiry of a key, which its creator bounds. Raises `Invalid` and `Forbidden`."""
    if requested is not None and requested <= timezone.now():
        raise Invalid.of_field("expires_at", "It must be in the future.")
    if requested is not None and latest is not None and requested > latest:
        raise Forbidden("A key cannot give more than it has itself.")
    return requested or latest


def parse_actions(names: Sequence[str] | None) -> frozenset[Action]:
    """Return the named actions, those on documents for None. Raises `Invalid`."""
    if names is None:
        return DOCUMENT_ACTIONS
    known = [action.value for action in Action]
    if not names or any(name not in known for name in names):
        raise Invalid.of_field("actions", f"Name one or more of: {', '.join(known)}.")
    return frozenset(Action(name) for name in names)


def parse_databases(ids: Sequence[str] | None) -> frozenset[str] | None:
    """Return ids in lower case, None for all databases. Raises `Invalid`."""
    if ids is None:
        return None
    normalized = frozenset(text.lower() for text in ids)
    if not normalized or not all(_DATABASE_ID.fullmatch(text) for text in normalized):
        raise Invalid.of_field("databases", "Name one or more database ids (24 hexadecimal digits), or null.")
    return normalized


def key_of_row(row: ApiKey, *, text: str | None = None) -> Key:
    """Return a key as its team sees it; `text` only of a new one."""
    return Key(
        id=row.pk,
        name=row.name,
        prefix=keys.display_text(row.public_id, prefix=keys.PREFIX if row.grants is None else keys.TOKEN_PREFIX),
        databases=None if row.databases is None else tuple(row.databases),
        actions=tuple(row.actions),
        created_by=row.created_by_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        web=row.web and BrowserKeyScope.of(row.web).as_dict(),
        grants=row.grants,
        last_used_address=row.last_used_address,
        addresses=None if row.addresses is None else tuple(row.addresses),
        rate=row.rate,
        daily_quota=row.daily_quota,
        previous_expires_at=row.previous_expires_at,
        collections=row.collections,
        text=text,
    )
