"""The record of a move: its lease, its states, and what they change in the catalog."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

import engine
from audit import services as audit
from catalog.models import Database, DatabaseMove, MoveState, State
from catalog.services.access import invalidate
from catalog.services.clusters import registry
from catalog.services.stores import clusters
from engine.events import Moved, Token

_LEASE_SECONDS = {MoveState.COPYING: 90, MoveState.FENCED: 15, MoveState.MOVED: 15}
_RENEW_SECONDS = 2.0
_LATE_SECONDS = 5
_MAX_CLOCK_DIFFERENCE = 1.0
_UNDER_WAY = "The database is being moved already, or an earlier move is rolled back: try again in two minutes."
_CHANGED = "The database was changed, dropped or replaced during the move; nothing of it was moved."
_CLOCKS = "The clocks of the two clusters differ by {:.1f} s; at most one second is allowed. Correct them first."


class LostMove(engine.Conflict):
    """Another process has taken the move over."""


class MoveLease:
    """The right to continue one move, held by renewing it."""

    def __init__(self, move: DatabaseMove) -> None:
        self.move = move
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Renew the lease if it is due. Raises `LostMove`."""
        if time.monotonic() - self._renewed > _RENEW_SECONDS:
            self.save()

    def save(self, **values: Any) -> None:
        """Store columns of the move, and renew the lease. Raises `LostMove`."""
        state = values.get("state", self.move.state)
        until = timezone.now() + timedelta(seconds=_LEASE_SECONDS[state])
        mine = DatabaseMove.objects.filter(pk=self.move.pk, lease_owner=self.move.lease_owner)
        if not mine.update(lease_until=until, **values):
            raise LostMove("The move was taken over by another process, which rolls it back or completes it.")
        for name, value in values.items():
            setattr(self.move, name, value)
        self._renewed = time.monotonic()


def begin(database_id: str, target: str) -> MoveLease:
    """Record a move. Raises `NotFound`, and `Conflict` where the move is not possible or another is under way."""
    row = Database.objects.filter(public_id=database_id, state=State.READY).first()
    if row is None:
        raise engine.NotFound(f"There is no database {database_id!r}.")
    if row.cluster == target:
        raise engine.Conflict(f"The database is on the cluster {target!r} already.")
    check_clocks(row.cluster, target)
    if clusters.store(target).layouts(row.physical):
        raise engine.Conflict(f"The cluster {target!r} has a database {row.physical} already.")
    try:
        with transaction.atomic():
            if target != clusters.MAIN:
                registry.lock_cluster(target)  # it may just have been removed
            move = DatabaseMove.objects.create(
                database_id=database_id,
                physical=row.physical,
                source=row.cluster,
                target=target,
                lease_owner=secrets.token_hex(16),
                lease_until=timezone.now() + timedelta(seconds=_LEASE_SECONDS[MoveState.COPYING]),
            )
    except IntegrityError as error:
        raise engine.Conflict(_UNDER_WAY) from error
    return MoveLease(move)


def check_clocks(source: str, target: str) -> None:
    """Raise `Conflict` where the clocks of two clusters differ by more than a second."""
    times = [clusters.store(name).server().local_time for name in (source, target)]
    difference = abs((times[0] - times[1]).total_seconds()) if times[0] and times[1] else 0.0
    if difference > _MAX_CLOCK_DIFFERENCE:
        raise engine.Conflict(_CLOCKS.format(difference))


def refuse_writes(lease: MoveLease) -> bool:
    """Let all processes refuse writes to the database; return False while a collection is being created."""
    with transaction.atomic():
        row = _locked(lease.move)
        if row.collections.filter(state=State.CREATING).exists():
            return False
        lease.save(state=MoveState.FENCED)
        Database.objects.filter(pk=row.pk).update(moving=True)
    invalidate(lease.move.database_id)
    return True


def accept_writes(move: DatabaseMove) -> None:
    """Let all processes accept writes to the database."""
    Database.objects.filter(public_id=move.database_id).update(moving=False)
    invalidate(move.database_id)


def leave(move: DatabaseMove, until: Token) -> None:
    """Let packages above read the last changes of the database on its cluster. Raises `Unavailable`."""
    for path in settings.DATABASE_LEAVES:
        import_string(path)(move.database_id, move.source, until)


def switch(lease: MoveLease, *, left: Token, since: Token) -> None:
    """Let the copy be the database. Raises `Conflict` where the database is not what it was."""
    move = lease.move
    with transaction.atomic():
        row = _locked(move)
        position = f"{left.seconds:x}-{left.increment:x}-"
        lease.save(state=MoveState.MOVED, position=position, moved_at=timezone.now())
        moved = str(Moved(left, since))
        Database.objects.filter(pk=row.pk).update(cluster=move.target, moved=moved, changed_at=timezone.now())
        for path in settings.DATABASE_MOVED:
            import_string(path)(move.database_id, since)
        audit.record(
            "database.move", actor="operator", team=row.team_id, target=row.name, database=move.database_id
        )
    invalidate(move.database_id)


def _locked(move: DatabaseMove) -> Database:
    row = Database.objects.select_for_update().filter(public_id=move.database_id, state=State.READY).first()
    if row is None or (row.physical, row.cluster) != (move.physical, move.source):
        raise engine.Conflict(_CHANGED)
    return row


def may_drop_source(move: DatabaseMove) -> bool:
    """Return whether no write to the former cluster can be in progress any more."""
    late = timedelta(seconds=settings.CACHE_SECONDS + settings.WRITE_SECONDS + _LATE_SECONDS)
    return move.moved_at is not None and timezone.now() > move.moved_at + late


def forget(move: DatabaseMove) -> None:
    DatabaseMove.objects.filter(pk=move.pk, lease_owner=move.lease_owner).delete()
