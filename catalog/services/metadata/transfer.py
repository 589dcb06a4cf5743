"""Transfer of a database to another team."""

from __future__ import annotations

from django.db import IntegrityError, transaction

import engine
from accounts.principal import AccountPrincipal
from catalog.models import Database, State
from catalog.services.access import NOT_FOUND, open_database
from catalog.services.creation import audit_database, check_room
from catalog.services.deletion import wait_for_cache_expiry

_NO_TEAM = "Team not found."
_NO_RIGHT = "Your role in the other team must be owner or admin."
_OWN = "The database belongs to this team already."
_TAKEN = "The other team has a database with this name."


def transfer_database(principal: AccountPrincipal, database_id: str, *, team: int) -> str:
    """Give a database to another team of the principal's, and return its name.

    Needs `own` on the database and `design` in the other team. Returns when no process accepts credentials of the
    former team any more. Raises `NotFound`, `Forbidden`, `Invalid`, `Conflict` for a taken name, and `TooLarge`.
    """
    database = open_database(principal, database_id, refresh=True)
    database.require(engine.Action.OWN)
    if team not in principal.teams:
        raise engine.NotFound(_NO_TEAM)
    if engine.Action.DESIGN not in principal.team_actions(team):
        raise engine.Forbidden(_NO_RIGHT)
    try:
        with transaction.atomic():
            row = _lock(database.id)
            if row.team_id == team:
                raise engine.Invalid.of_field("team", _OWN)
            check_room(team)
            audit_database("database.give", principal, row, target=row.name)
            row.team_id, row.created_by_id = team, principal.user_id
            row.save(update_fields=["team", "created_by", "changed_at"])
            audit_database("database.receive", principal, row, target=row.name)
    except IntegrityError as error:
        raise engine.Conflict(_TAKEN) from error
    wait_for_cache_expiry(database.id)
    return database.name


def _lock(database_id: str) -> Database:
    row = Database.objects.select_for_update().filter(public_id=database_id, state=State.READY).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    return row
