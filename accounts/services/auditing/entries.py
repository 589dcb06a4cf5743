"""Adds entries to the audit log about keys, people and teams. Call each in the transaction of what it is about."""

from __future__ import annotations

from typing import Any

from accounts.models import ApiKey, Membership
from accounts.principal import AccountPrincipal
from audit import services as audit


def audit_key(action: str, principal: AccountPrincipal, row: ApiKey) -> None:
    """Add an entry about a key to the log of its team."""
    audit.record(action, actor=principal.actor, team=row.team_id, target=f"k{row.pk}", name=row.name)


def audit_person(action: str, user_id: int, *, actor: str = "", **detail: Any) -> None:
    """Add an entry about a person to the log of the personal team; the person acts unless `actor` names another."""
    own = Membership.objects.filter(user=user_id, team__personal=True, role=Membership.Role.OWNER)
    team = own.values_list("team_id", flat=True).first()
    audit.record(action, actor=actor or f"u{user_id}", team=team, **detail)


def audit_team(action: str, principal: AccountPrincipal, team: int, target: object, **detail: str) -> None:
    """Add an entry about a team or a member to the log of the team."""
    audit.record(action, actor=principal.actor, team=team, target=target, **detail)
