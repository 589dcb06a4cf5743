"""API tokens: keys whose actions differ by database, with a description; addressed by an integer id."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey
from accounts.principal import AccountPrincipal, PersonPrincipal, Scope
from accounts.services import principals
from accounts.services.auditing.entries import audit_key
from accounts.services.keys import check_databases
from accounts.services.quotas import team_limits
from engine import Action, Forbidden, Invalid, NotFound, TooLarge

_ID = re.compile(r"[0-9]{1,18}")
_NOT_FOUND = "Token not found. Keys and tokens see no tokens."
UNCHANGED: Any = object()


@dataclass(frozen=True)
class ApiToken:
    """A token as its team sees it. `text` is the token itself, set only when it is created."""

    id: int
    name: str
    description: str | None
    prefix: str
    team_id: int
    grants: Mapping[str, frozenset[Action]]
    created_at: datetime
    expires_at: datetime | None
    text: str | None = field(default=None, repr=False)


def create(
    principal: AccountPrincipal,
    team_id: int,
    *,
    name: str,
    description: str | None,
    grants: Mapping[str, frozenset[Action]],
    expires_at: datetime | None,
) -> ApiToken:
    """Create a token of a team. `grants` has actions by the id of a database of the team.

    Raises `Forbidden` for everyone but owners of the team, `Invalid` for an unknown database, no permission or a
    past expiry, and `TooLarge` at MAX_KEYS or MAX_TOKEN_DATABASES.
    """
    _check_owner(principal, team_id)
    _check_grants(principal, team_id, grants)
    _check_expiry(expires_at)
    new_key = keys.make_token()
    with transaction.atomic():
        team_limits.check_room_for_key(team_id)
        row = ApiKey.objects.create(
            team_id=team_id,
            created_by_id=principal.user_id,
            name=name,
            description=description,
            public_id=new_key.public_id,
            digest=new_key.digest,
            expires_at=expires_at,
            **_columns(grants),
        )
        audit_key("key.create", principal, row)
    return _token(row, text=new_key.text)


def list_tokens(principal: AccountPrincipal, team_id: int) -> list[ApiToken]:
    """List the active tokens of a team, newest first. Needs an owner of the team."""
    _check_owner(principal, team_id)
    rows = ApiKey.objects.filter(team=team_id, revoked_at=None, grants__isnull=False).order_by("-pk")
    return [_token(row) for row in rows]


def read(principal: AccountPrincipal, token_id: str) -> ApiToken:
    """Return a token. Raises the same `NotFound` for one of another team, an API key and a revoked one."""
    return _token(_own(principal, token_id))


def change(
    principal: AccountPrincipal,
    token_id: str,
    *,
    name: str | None = None,
    description: str | None = UNCHANGED,
    expires_at: datetime | None = UNCHANGED,
    grants: Mapping[str, frozenset[Action]] | None = None,
) -> ApiToken:
    """Change what is neither None nor UNCHANGED, and return the token; its text stays."""
    row = _own(principal, token_id)
    columns: dict[str, Any] = {} if name is None else {"name": name}
    if description is not UNCHANGED:
        columns["description"] = description
    if expires_at is not UNCHANGED:
        _check_expiry(expires_at)
        columns["expires_at"] = expires_at
    if grants is not None:
        _check_grants(principal, row.team_id, grants)
        columns |= _columns(grants)
    if columns:
        with transaction.atomic():
            ApiKey.objects.filter(pk=row.pk, revoked_at=None).update(**columns)
            audit_key("key.change", principal, row)
        principals.invalidate_key(row.digest, row.previous_digest)
    return read(principal, token_id)


def revoke(principal: AccountPrincipal, token_id: str) -> None:
    """Revoke a token permanently."""
    row = _own(principal, token_id)
    with transaction.atomic():
        ApiKey.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now())
        audit_key("key.revoke", principal, row)
    principals.invalidate_key(row.digest, row.previous_digest)


def _own(principal: AccountPrincipal, token_id: str) -> ApiKey:
    row = None
    if isinstance(principal, PersonPrincipal) and _ID.fullmatch(token_id):
        rows = ApiKey.objects.filter(team__in=list(principal.teams), revoked_at=None, grants__isnull=False)
        row = rows.filter(pk=int(token_id)).first()
    if row is None:
        raise NotFound(_NOT_FOUND)
    _check_owner(principal, row.team_id)
    return row


def _check_owner(principal: AccountPrincipal, team_id: int) -> None:
    if not isinstance(principal, PersonPrincipal):
        raise Forbidden("This needs the session of a person; keys cannot manage tokens.")
    if Action.OWN not in principal.team_actions(team_id):
        raise Forbidden("Only owners of a team may manage its tokens.")


def _check_grants(principal: AccountPrincipal, team_id: int, grants: Mapping[str, frozenset[Action]]) -> None:
    """Check that the databases are of the one team: the token acts for no other."""
    if not grants:
        raise Invalid.of_field("permissions", "Name at least one database and what the token may do in it.")
    if len(grants) > settings.MAX_TOKEN_DATABASES:
        raise TooLarge(f"A token names at most {settings.MAX_TOKEN_DATABASES} databases (MAX_TOKEN_DATABASES).")
    in_team = replace(principal, home_team=team_id, teams={team_id: principal.teams[team_id]})
    check_databases(in_team, sorted(grants))


def _columns(grants: Mapping[str, frozenset[Action]]) -> dict[str, Any]:
    scope = Scope.of_grants(grants)
    return {
        "grants": {database: _values(actions) for database, actions in sorted(grants.items())},
        "databases": sorted(grants),
        "actions": _values(scope.actions),
    }


def _values(actions: frozenset[Action]) -> Sequence[str]:
    return [action.value for action in Action if action in actions]


def _check_expiry(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid.of_field("expiration_utc", "It must be in the future.")


def _token(row: ApiKey, *, text: str | None = None) -> ApiToken:
    scope = principals.scope_of(row)
    return ApiToken(
        id=row.pk,
        name=row.name,
        description=row.description,
        prefix=f"{keys.TOKEN_PREFIX}_{row.public_id}",
        team_id=row.team_id,
        grants=scope.grants or {},
        created_at=row.created_at,
        expires_at=row.expires_at,
        text=text,
    )
