"""Teams and who is in them."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Membership
from accounts.principal import Principal


@dataclass(frozen=True)
class OwnTeam:
    """A team as one of its members sees it."""

    id: int
    name: str
    personal: bool
    role: str


def list_teams(principal: Principal) -> list[OwnTeam]:
    """The person's teams, the personal one first."""
    rows = Membership.objects.filter(user=principal.user_id, team__in=principal.teams).select_related("team")
    return [
        OwnTeam(id=row.team_id, name=row.team.name, personal=row.team.personal, role=row.role)
        for row in rows.order_by("-team__personal", "team__name", "pk")
    ]
