"""A key as an explanation of its permissions needs it, also after it was revoked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from accounts.models import ApiKey, Membership
from accounts.principal import AccountPrincipal, ApiKeyPrincipal, BrowserKeyPrincipal, ScopedPrincipal
from accounts.services import principals
from engine import Action, Forbidden, Invalid, NotFound

_KEY_ID = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class InspectedKey:
    """A key with its present principal. `role` is its owner's in the team, empty without any."""

    id: int
    name: str
    team: int
    role: str
    revoked_at: datetime | None
    expires_at: datetime | None
    principal: ApiKeyPrincipal | BrowserKeyPrincipal


def inspect_key(caller: AccountPrincipal, key_id: str | None) -> InspectedKey:
    """Return the key of an id, or the calling one. Another key needs `own`, and is in the caller's home team.

    Raises `NotFound`, the same for a key of another team, and `Invalid` if a user names no key.
    """
    own = caller.actor.removeprefix("k") if isinstance(caller, ApiKeyPrincipal) else None
    if key_id is None and own is None:
        raise Invalid.of_field("key_id", "Name a key, or send the request with one.")
    if key_id not in (None, own) and Action.OWN not in caller.team_actions(caller.home_team):
        raise Forbidden("Another key is explained to a key with the action 'own', or to a user's access token.")
    text = own if key_id is None else key_id
    rows = ApiKey.objects.filter(team=caller.home_team).select_related("created_by")
    row = rows.filter(pk=int(text)).first() if text and _KEY_ID.fullmatch(text) else None
    if row is None or not (str(row.pk) == own or _is_within(caller, row)):
        raise NotFound("Key not found or permission denied.")
    roles = Membership.objects.filter(user=row.created_by, team=row.team_id, user__is_active=True)
    role = roles.values_list("role", flat=True).first() or ""
    principal = principals.principal_of_row(row, role)
    return InspectedKey(row.pk, row.name, row.team_id, role, row.revoked_at, row.expires_at, principal)


def _is_within(caller: AccountPrincipal, row: ApiKey) -> bool:
    return not isinstance(caller, ScopedPrincipal) or principals.scope_of(row).is_within(caller.scope)
