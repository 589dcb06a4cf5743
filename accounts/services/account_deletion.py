"""The end of an account, and what its owner takes along.

What the person's teams own lies in higher apps, which let go of it first: see `AccountDeletion`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from accounts.models import Membership, Team, User
from accounts.principal import Principal
from accounts.services import keys, people, principals, sessions, teams
from engine import Conflict


@dataclass(frozen=True)
class AccountDeletion:
    """What becomes of a person's teams: those that end with the account, and who inherits in each that stays.

    `blocked` are the names of teams with other members but no other owner.
    """

    ending: tuple[int, ...]
    new_owners: Mapping[int, int]
    blocked: tuple[str, ...]


def plan_account_deletion(principal: Principal) -> AccountDeletion:
    """What deleting the account would do."""
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


def delete_account(principal: Principal) -> None:
    """The person, with keys, sessions and the teams that nobody else is in; raises `Conflict`."""
    plan = plan_account_deletion(principal)
    if plan.blocked:
        raise Conflict(f"Make somebody else an owner first, or remove the members: {', '.join(plan.blocked)}.")
    try:
        with transaction.atomic():
            Team.objects.filter(pk__in=plan.ending).delete()
            User.objects.filter(pk=principal.user_id).delete()
    except ProtectedError as problem:
        raise Conflict("Something was made in your teams just now. Try again.") from problem
    principals.forget_all()


def export_account(principal: Principal) -> dict[str, Any]:
    """All that accounts know of a person, but for secrets, of which only hashes are kept."""
    return {
        "profile": asdict(people.profile(principal.user_id)),
        "teams": [asdict(team) for team in teams.list_teams(principal)],
        "sessions": [asdict(session) for session in sessions.list_sessions(principal)],
        "keys": [
            {name: value for name, value in asdict(key).items() if name != "text"}
            for key in keys.keys_made_by(principal)
        ],
    }
