"""Databases that belong to nobody: who creates and owns them, their adoption, and their end.

Their team has no members, so nobody lists them. Everyone who knows the id of one owns it, until it expires.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

import engine
from accounts.principal import AccountPrincipal, AnonymousPrincipal, Principal, Scope
from accounts.services.teams import anonymous_team
from catalog.models import Database, State
from catalog.naming import with_suffix
from catalog.services.access import NOT_FOUND, Entry
from catalog.services.creation import audit_database, check_may_create, check_room
from catalog.services.deletion import drop_row, wait_for_cache_expiry
from catalog.services.metadata.attributes import DatabaseAttributes
from engine.encoding import iso_timestamp

log = logging.getLogger("datacube.catalog")
# Who drops a database in the audit log when its time has passed.
_EXPIRY = "expiry"
_NO_RIGHT = "You may not give databases to this team."
_MANY = "From your address there are {} databases without an owner, the most (ANONYMOUS_DATABASES_PER_ADDRESS)."


def creator_at(address: str) -> AnonymousPrincipal:
    """Return who creates a database that belongs to nobody, from a network address.

    Raises `TooLarge` if ANONYMOUS_DATABASES_PER_ADDRESS of this address exist.
    """
    origin = salted_hmac("catalog.anonymous", address, algorithm="sha256").hexdigest()[:32]
    own = Database.objects.filter(expires_at__gt=timezone.now(), attributes__origin=origin)
    if own.exclude(state=State.DROPPING).count() >= settings.ANONYMOUS_DATABASES_PER_ADDRESS:
        raise engine.TooLarge(_MANY.format(settings.ANONYMOUS_DATABASES_PER_ADDRESS))
    team = anonymous_team()
    return AnonymousPrincipal(home_team=team, teams={team: "owner"}, scope=Scope(engine.ALL_ACTIONS), origin=origin)


def owner_of(entry: Entry, principal: Principal) -> AnonymousPrincipal:
    """Return the owner of a database that belongs to nobody, for a caller who addressed it by its id.

    Raises `NotFound` if it has expired.
    """
    if entry.expires_at is None or entry.expires_at <= timezone.now():
        raise engine.NotFound(NOT_FOUND)
    scope = Scope(engine.ALL_ACTIONS, frozenset({entry.id}))
    return AnonymousPrincipal(actor=principal.actor, home_team=entry.team, teams={entry.team: "owner"}, scope=scope)


def adopt_database(principal: AccountPrincipal, owner: AnonymousPrincipal, database_id: str, *, team: int) -> None:
    """Give a database that belongs to nobody to a team of the principal; it is private and permanent then.

    Needs `own` in the team. Returns when every process knows the new owner.
    """
    check_may_create(principal)
    if engine.Action.OWN not in principal.team_actions(team):
        raise engine.Forbidden(_NO_RIGHT)
    if engine.Action.OWN not in owner.actions(team_id=owner.home_team, database_id=database_id):
        raise engine.NotFound(NOT_FOUND)
    with transaction.atomic():
        row = _lock(database_id)
        check_room(team)
        if Database.objects.filter(team=team, name=row.name).exclude(state=State.DROPPING).exists():
            row.name = with_suffix(row.name)
        row.team_id, row.created_by_id, row.expires_at, row.public = team, principal.user_id, None, False
        changes = {"origin": None, "ownership_utc": str(iso_timestamp(timezone.now()))}
        row.attributes = DatabaseAttributes.of({**row.attributes, **changes}).as_dict()
        row.save()
        audit_database("database.receive", principal, row, target=row.name)
    wait_for_cache_expiry(database_id)


def drop_expired() -> int:
    """Drop the databases whose time has passed, and return their number."""
    rows = list(Database.objects.filter(state=State.READY, expires_at__lte=timezone.now()))
    for row in rows:
        try:
            drop_row(row, actor=_EXPIRY)
        except engine.Error as error:
            log.warning("an expired database is dropped later: %s", error)
    return len(rows)


def _lock(database_id: str) -> Database:
    """Lock the row of a database that belongs to nobody. Raises `NotFound` if another caller has adopted it."""
    rows = Database.objects.select_for_update().filter(public_id=database_id, state=State.READY)
    row = rows.filter(expires_at__gt=timezone.now()).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    return row
