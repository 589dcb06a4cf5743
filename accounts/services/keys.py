"""API keys: create, list, change, rotate and revoke."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import keys
from accounts.models import ApiKey, Team
from accounts.principal import AccountPrincipal, BrowserKeyScope, PersonPrincipal, Scope, ScopedPrincipal
from accounts.services import principals
from accounts.services.browser_keys import parse_browser_scope
from engine import DOCUMENT_ACTIONS, Action, FieldError, Forbidden, Invalid, NotFound, TooLarge

_DATABASE_ID = re.compile(r"[0-9a-f]{24}")
_KEY_ID = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Key:
    """A key as its team sees it. `text` is the key itself, set only when the key is created.

    `grants` are the actions by database of an API token.
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
    text: str | None = field(default=None, repr=False)


def create_key(
    principal: AccountPrincipal,
    *,
    name: str,
    databases: Sequence[str] | None = None,
    actions: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    web: Mapping[str, Sequence[str]] | None = None,
) -> Key:
    """Create a key of the principal's home team.

    `databases` None allows all of them; `actions` None allows the document actions. `web` makes it a browser key,
    with the members of `BrowserKeyScope`; `verbs` defaults to those that its actions allow. A key cannot create a
    key that expires later than itself.

    Raises `Invalid` for an empty scope or a past expiry, `Forbidden` for more than the principal has and
    `TooLarge` at MAX_KEYS.
    """
    _check_may_manage(principal)
    allowed = _actions(actions)
    scope = Scope(allowed, _databases(databases))
    browser_scope = None if web is None else parse_browser_scope(web, actions=allowed)
    _check_within(principal, scope)
    expires_at = _expiry(expires_at, latest=_own_expiry(principal))
    new_key = keys.make()
    with transaction.atomic():
        _check_room(principal.home_team)
        row = ApiKey.objects.create(
            team_id=principal.home_team,
            created_by_id=principal.user_id,
            name=name,
            public_id=new_key.public_id,
            digest=new_key.digest,
            databases=None if scope.databases is None else sorted(scope.databases),
            actions=[action.value for action in Action if action in scope.actions],
            expires_at=expires_at,
            web=browser_scope.as_dict() if browser_scope else None,
        )
    return _key(row, text=new_key.text)


def check_databases(principal: AccountPrincipal, ids: Sequence[str] | None) -> None:
    """Raise `Invalid` with an error for each id that is not a database which the principal can see.

    The error is the same whether the database does not exist or belongs to another team.
    """
    unknown = import_string(settings.KEY_DATABASES)(principal, sorted(_databases(ids) or ()))
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
    return [_key(row) for row in rows if _within(principal, principals.scope_of(row))]


def rotate_key(principal: AccountPrincipal, *, key_id: str, overlap: timedelta) -> Key:
    """Create a key with the same name, scope and expiry; the old one expires after `overlap` at the latest.

    Raises `Invalid` for an API token, whose scope differs by database.
    """
    old = _own(principal, key_id)
    if old.grants is not None:
        raise Invalid("An API token cannot be rotated: create another one, and revoke this one.")
    until = timezone.now() + overlap
    new = create_key(
        principal,
        name=old.name,
        databases=old.databases,
        actions=old.actions,
        expires_at=old.expires_at,
        web=_key(old).web,
    )
    ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=until), pk=old.pk).update(expires_at=until)
    principals.invalidate_key(old.digest)
    return new


def change_browser_key(
    principal: AccountPrincipal, *, key_id: str, name: str, actions: Sequence[str], web: Mapping[str, Sequence[str]]
) -> Key:
    """Set the name, actions and restrictions of a browser key; its text, databases and expiry stay.

    Raises `NotFound` for a key that is not a browser key, and what `create_key` raises.
    """
    row = _own(principal, key_id)
    if row.web is None:
        raise NotFound("Key not found or permission denied.")
    allowed = _actions(actions)
    browser_scope = parse_browser_scope(web, actions=allowed)
    _check_within(principal, Scope(allowed, _databases(row.databases)))
    row.name, row.web = name, browser_scope.as_dict()
    row.actions = [action.value for action in Action if action in allowed]
    row.save(update_fields=["name", "web", "actions"])
    principals.invalidate_key(row.digest)
    return _key(row)


def list_keys_of_person(principal: PersonPrincipal) -> list[Key]:
    """List the active keys that the user created, in all teams."""
    rows = ApiKey.objects.filter(created_by=principal.user_id, revoked_at=None).order_by("-pk")
    return [_key(row) for row in rows]


def revoke_key(principal: AccountPrincipal, *, key_id: str) -> None:
    """Revoke a key permanently. Raises `NotFound` for a key that is not in `list_keys`."""
    row = _own(principal, key_id)
    ApiKey.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now())
    principals.invalidate_key(row.digest)


def _own(principal: AccountPrincipal, key_id: str) -> ApiKey:
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


def _check_within(principal: AccountPrincipal, scope: Scope) -> None:
    if not _within(principal, scope):
        raise Forbidden("A key cannot give more than it has itself.")


def _own_expiry(principal: AccountPrincipal) -> datetime | None:
    if not isinstance(principal, ScopedPrincipal):
        return None
    return ApiKey.objects.values_list("expires_at", flat=True).get(pk=int(principal.actor[1:]))


def _expiry(requested: datetime | None, *, latest: datetime | None) -> datetime | None:
    if requested is not None and requested <= timezone.now():
        raise Invalid.of_field("expires_at", "It must be in the future.")
    if requested is not None and latest is not None and requested > latest:
        raise Forbidden("A key cannot give more than it has itself.")
    return requested or latest


def _actions(names: Sequence[str] | None) -> frozenset[Action]:
    if names is None:
        return DOCUMENT_ACTIONS
    known = [action.value for action in Action]
    if not names or any(name not in known for name in names):
        raise Invalid.of_field("actions", f"Name one or more of: {', '.join(known)}.")
    return frozenset(Action(name) for name in names)


def _databases(ids: Sequence[str] | None) -> frozenset[str] | None:
    if ids is None:
        return None
    normalized = frozenset(text.lower() for text in ids)
    if not normalized or not all(_DATABASE_ID.fullmatch(text) for text in normalized):
        raise Invalid.of_field("databases", "Name one or more database ids (24 hexadecimal digits), or null.")
    return normalized


def _check_room(team_id: int) -> None:
    """Lock the team's row, so that concurrent creations cannot exceed MAX_KEYS. Raises `TooLarge`."""
    Team.objects.select_for_update().get(pk=team_id)
    used = ApiKey.objects.filter(team=team_id, revoked_at=None).count()
    if used >= settings.MAX_KEYS:
        raise TooLarge(f"The team has {used} keys; the limit is {settings.MAX_KEYS} (MAX_KEYS).")


def _key(row: ApiKey, *, text: str | None = None) -> Key:
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
        text=text,
    )
