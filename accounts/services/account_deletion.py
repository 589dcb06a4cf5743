"""Deletion and export of an account.

Higher apps must first delete or reassign what the user's teams own: see `AccountDeletion`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from accounts.models import Membership, Team, User
from accounts.principal import PersonPrincipal
from accounts.services import keys, known_clients, people, principals, sessions, teams
from accounts.services.auditing.entries import audit_team
from engine import Conflict


@dataclass(frozen=True)
class AccountDeletion:
    """Plan of an account's deletion: the teams to delete, and the new owner of each remaining team (by id).

    `blocked` are the names of teams with other members but no other owner.
    """

    ending: tuple[int, ...]
    new_owners: Mapping[int, int]
    blocked: tuple[str, ...]


def plan_account_deletion(principal: PersonPrincipal) -> AccountDeletion:
    """Return what deleting the account would do."""
    ending, blocked, new_owners = [], [], {}
    for team in Team.objects.filter(memberships__user=principal.user_id).prefetch_related("memberships"):
        others = [row for row in team.memberships.all() if row.user_id != principal.user_id]
        owners = [row.user_id for row in others if row.role == Membership.Role.OWNER]
        if team.personal or not others:
            ending.append(team.pk)
        elif owners:
            new_owners[team.pk] = owners[0]
        else:
            blocked.append(team.name)
    return AccountDeletion(tuple(ending), new_owners, tuple(blocked))


def delete_account(principal: PersonPrincipal) -> None:
    """Delete the user with keys, sessions and the teams without other members. Raises `Conflict` if blocked."""
    plan = plan_account_deletion(principal)
    if plan.blocked:
        raise Conflict(f"Make another member an owner first, or remove the members: {', '.join(plan.blocked)}.")
    try:
        with transaction.atomic():
            Team.objects.filter(pk__in=plan.ending).delete()
            User.objects.filter(pk=principal.user_id).delete()
            for team in plan.new_owners:
                audit_team("member.remove", principal, team, principal.actor)
    except ProtectedError as error:
        raise Conflict("Something was just created in your teams. Try again.") from error
    principals.invalidate_all()


def export_account(principal: PersonPrincipal) -> dict[str, Any]:
    """Return all account data of a user, without secrets."""
    return {
        "profile": asdict(people.profile(principal.user_id)),
        "teams": [asdict(team) for team in teams.list_teams(principal)],
        "sessions": [asdict(session) for session in sessions.list_sessions(principal)],
        "known_clients": [asdict(client) for client in known_clients.list_known(principal)],
        "keys": [
            {name: value for name, value in asdict(key).items() if name != "text"}
            for key in keys.list_keys_of_person(principal)
        ],
    }
