"""Teams by name: find, create, change and delete them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from accounts.models import Membership, Team, User
from accounts.principal import AccountPrincipal, PersonPrincipal
from accounts.services import principals, teams
from accounts.services.auditing.entries import audit_team
from accounts.services.teams import Member
from engine import Conflict, Forbidden, NotFound

BILLING = ("plan", "subscription_id", "email_address")
_NOT_FOUND = "Team not found. Keys and tokens see no teams."
_AMBIGUOUS = "Several of your teams have this name; use the id of the one that you mean."
_IN_USE = "The team owns databases: delete them, or give them to another team, first."


@dataclass(frozen=True)
class NamedTeam:
    """A team as a member sees it. `billing` is None, or has the members of BILLING."""

    id: int
    name: str
    personal: bool
    role: str
    created_at: datetime
    billing: Mapping[str, Any] | None


def teams_of(user_id: int) -> list[NamedTeam]:
    """List the teams of a user, the personal one first. Callers check who may know them."""
    rows = Membership.objects.filter(user=user_id).select_related("team")
    return [
        NamedTeam(row.team_id, row.team.name, row.team.personal, row.role, row.team.created_at, row.team.billing)
        for row in rows.order_by("-team__personal", "team__name", "team_id")
    ]


def find(principal: AccountPrincipal, name: str) -> NamedTeam:
    """Return the user's team with a name or, where none has it, with an id. Raises `NotFound`."""
    rows = list(_rows(principal).filter(name=name)[:2]) if "\0" not in name else []
    if len(rows) > 1:
        raise NotFound(_AMBIGUOUS)
    if not rows and name.isascii() and name.isdigit() and len(name) < 19:
        rows = list(_rows(principal).filter(pk=int(name)))
    if not rows:
        raise NotFound(_NOT_FOUND)
    return _named(principal, rows[0])


def read(principal: AccountPrincipal, team_id: int) -> NamedTeam:
    """Return the user's team with an id. Raises `NotFound`."""
    row = _rows(principal).filter(pk=team_id).first()
    if row is None:
        raise NotFound(_NOT_FOUND)
    return _named(principal, row)


def create(principal: AccountPrincipal, *, name: str) -> NamedTeam:
    """Create a team that the user owns. Raises `Conflict` if one of the user's teams has the name."""
    _check_person(principal)
    title = teams.checked_name(name)
    _check_unused(principal, title)
    team_id = teams.create_team(principal, name=title)
    row = Team.objects.get(pk=team_id)
    return NamedTeam(row.pk, row.name, row.personal, Membership.Role.OWNER, row.created_at, row.billing)


def change(
    principal: AccountPrincipal, team_id: int, *, name: str | None = None, billing: Mapping[str, Any] | None = None
) -> None:
    """Rename a team, or set members of BILLING. Needs an owner; billing an administrator of the installation.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` if another of the user's teams has the name.
    """
    team = _owned(principal, team_id)
    title = team.name if name is None else teams.checked_name(name)
    if billing and not User.objects.filter(pk=principal.user_id, is_admin=True).exists():
        raise Forbidden("Only an administrator of this installation may change the billing of a team.")
    if title != team.name:
        _check_unused(principal, title)
    with transaction.atomic():
        row = Team.objects.select_for_update().get(pk=team_id)
        row.name = title
        if billing:
            row.billing = {**dict.fromkeys(BILLING), **(row.billing or {}), **billing}
        row.save(update_fields=["name", "billing"])
        audit_team("team.change", principal, team_id, title)


def delete(principal: AccountPrincipal, team_id: int) -> None:
    """Delete a team with its keys. Needs an owner. Raises `Conflict` while it owns databases."""
    team = _owned(principal, team_id)
    if team.personal:
        raise Conflict("A personal team is deleted with its account.")
    try:
        with transaction.atomic():
            Team.objects.filter(pk=team_id).delete()
            audit_team("team.delete", principal, team_id, team.name)
    except ProtectedError as error:
        raise Conflict(_IN_USE) from error
    principals.invalidate_all()


def member(principal: AccountPrincipal, team_id: int, username: str) -> Member:
    """Return the member with a username. Raises the same `NotFound` for people in other teams."""
    members = teams.list_members(principal, team_id)
    for item in members:
        if item.username and item.username == username.lower():
            return item
    raise NotFound("Member not found.")


def _owned(principal: AccountPrincipal, team_id: int) -> Team:
    row = _rows(principal).filter(pk=team_id).first()
    if row is None:
        raise NotFound(_NOT_FOUND)
    if principal.teams[team_id] != Membership.Role.OWNER:
        raise Forbidden("Only owners of a team may do this.")
    return row


def _rows(principal: AccountPrincipal) -> QuerySet[Team]:
    if not isinstance(principal, PersonPrincipal):
        raise NotFound(_NOT_FOUND)
    return Team.objects.filter(pk__in=list(principal.teams))


def _check_person(principal: AccountPrincipal) -> None:
    if not isinstance(principal, PersonPrincipal):
        raise Forbidden("This needs the session of a person; keys cannot manage teams.")


def _check_unused(principal: AccountPrincipal, name: str) -> None:
    if _rows(principal).filter(name=name).exists():
        raise Conflict("One of your teams has this name.")


def _named(principal: AccountPrincipal, row: Team) -> NamedTeam:
    return NamedTeam(row.pk, row.name, row.personal, principal.teams[row.pk], row.created_at, row.billing)
