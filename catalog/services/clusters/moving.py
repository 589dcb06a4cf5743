"""Moves a database to another cluster while it is read and written.

1. Copy all documents, and each document that changes in the meantime.
2. Refuse writes: by the entry, and in MongoDB, where a process has an older entry or a write is in progress.
3. Copy the last changes, compare, and let the entry name the other cluster.
4. Accept writes when all processes have the new entry; later remove the original.

Until step 3 is committed, a failure leaves the original as it was; after it, the move is completed.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

import engine
from catalog.models import Database, DatabaseMove, MoveState
from catalog.services.access import invalidate
from catalog.services.clusters import moves
from catalog.services.clusters.moves import MoveLease
from catalog.services.clusters.registry import check_known
from catalog.services.deletion import wait_for_cache_expiry
from catalog.services.stores import clusters
from engine.events import Token
from engine.jobs import Relocation
from engine.store import Changes

log = logging.getLogger("datacube.catalog")
_FENCE_ATTEMPTS, _FENCE_PAUSE = 20, 1.0
_GRACE_STEP = 0.5
# Each round copies what was changed during the one before.
_MAX_ROUNDS, _NEAR_SECONDS = 50, 1.0
_RETRY_SECONDS = 60
# Called with the number of copied documents, that of all documents, and a step.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class MoveReport:
    """What a move did. `seconds` of all steps; writes were refused for `refused_seconds`."""

    source: str
    target: str
    documents: int
    changes: int
    seconds: float
    refused_seconds: float


def move_database(database_id: str, target: str, *, progress: Progress) -> MoveReport:
    """Move a database to another cluster, and return when writes are accepted there.

    Raises `NotFound`, `Conflict` and `Unavailable`; then nothing was moved. `remove_original` is the last step.
    """
    check_known(target)
    recover()
    lease = moves.begin(database_id, target)
    try:
        return _move(lease, progress)
    except BaseException:
        _give_up(lease)
        raise


def _give_up(lease: MoveLease) -> None:
    """Roll back a move that has failed. What cannot be done now is left to `recover`, as is a move that is made."""
    try:
        if lease.move.state != MoveState.MOVED:
            _roll_back(lease)
    except engine.Error as error:
        log.warning("the move of %s is rolled back later: %s", lease.move.database_id, error.message)


def _move(lease: MoveLease, progress: Progress) -> MoveReport:
    move, began, done = lease.move, time.monotonic(), 0
    source, target = clusters.store(move.source), clusters.store(move.target)
    relocation = Relocation(source, target, move.physical, lease.renew)
    total = sum(source.size(move.physical, name)["documents"] for name, _ in source.layouts(move.physical))

    def copied(count: int, name: str) -> None:
        nonlocal done
        done += count
        progress(done, max(done, total), name)

    with source.changes(move.physical, start=source.operation_time()) as changes:
        relocation.copy(changes, copied)
        _follow(relocation, changes)
        refused_at = _fence(lease, relocation, changes)
        progress(done, done, "last changes")
        relocation.finish(changes)
        left, since = relocation.positions(changes)
        lease.save()  # webhooks may take ten of its seconds
        moves.leave(move, left)
        moves.switch(lease, left=left, since=since)
        wait_for_cache_expiry(move.database_id)
        relocation.copy_late(changes)
        relocation.copy_structure(complete=True)
        moves.accept_writes(move)
    ended = time.monotonic()
    counts = relocation.counts
    return MoveReport(move.source, move.target, counts.documents, counts.changes, ended - began, ended - refused_at)


def _follow(relocation: Relocation, changes: Changes) -> None:
    """Copy changes until the copy is less than a second behind. Raises `Unavailable` where it never is."""
    for _ in range(_MAX_ROUNDS):
        if relocation.catch_up(changes) < _NEAR_SECONDS:
            return
    raise engine.Unavailable("The database is changed faster than its changes are copied.", retry_after=60)


def _fence(lease: MoveLease, relocation: Relocation, changes: Changes) -> float:
    """Refuse all writes, and return when this began. A write that takes long is waited for without refusing others.

    Raises `Unavailable` where there always is such a write.
    """
    move = lease.move
    for _ in range(_FENCE_ATTEMPTS):
        began = time.monotonic()
        try:
            if moves.refuse_writes(lease):
                relocation.source.fence(move.physical, each=lease.renew)
                return began
        except engine.TimedOut:
            _accept_again(lease)
        time.sleep(_FENCE_PAUSE)
        relocation.catch_up(changes)
    raise engine.Unavailable("Other requests change the database for longer than a move may wait.", retry_after=60)


def _accept_again(lease: MoveLease) -> None:
    """Undo a fence: the original is in use again."""
    clusters.store(lease.move.source).unfence(lease.move.physical, each=lease.renew)
    moves.accept_writes(lease.move)
    lease.save(state=MoveState.COPYING)


def remove_original(database_id: str, *, progress: Callable[[], None]) -> None:
    """Wait until no write to the former cluster can be in progress, and drop the original there."""
    move = DatabaseMove.objects.filter(database_id=database_id, state=MoveState.MOVED).first()
    while move is not None:
        lease = MoveLease(move)
        lease.save()
        _complete(lease)
        move = DatabaseMove.objects.filter(pk=move.pk).first()
        if move is not None:
            progress()
            time.sleep(_GRACE_STEP)


def recover() -> int:
    """Roll back or complete the moves whose processes have ended, and return their number."""
    stale = DatabaseMove.objects.filter(lease_until__lt=timezone.now())
    return sum(_take_over(move) for move in stale)


def _take_over(move: DatabaseMove) -> bool:
    owner, until = secrets.token_hex(16), timezone.now() + timedelta(seconds=_RETRY_SECONDS)
    mine = DatabaseMove.objects.filter(pk=move.pk, lease_owner=move.lease_owner, lease_until__lt=timezone.now())
    if not mine.update(lease_owner=owner, lease_until=until):
        return False
    move.lease_owner = owner
    try:
        if move.state == MoveState.MOVED:
            _complete(MoveLease(move))
        else:
            _roll_back(MoveLease(move))
    except engine.Error as error:
        log.warning("the move of %s is not ended yet: %s", move.database_id, error.message)
        return False
    return True


def _roll_back(lease: MoveLease) -> None:
    """Let the original be used as before, and remove the copy."""
    if lease.move.state == MoveState.FENCED:
        _accept_again(lease)
    lease.save()
    clusters.store(lease.move.target).drop_database(lease.move.physical)
    moves.forget(lease.move)


def _complete(lease: MoveLease) -> None:
    """Accept writes on the new cluster and, as soon as it is possible, drop the original."""
    move = lease.move
    source, target = clusters.store(move.source), clusters.store(move.target)
    relocation = Relocation(source, target, move.physical, lease.renew)
    relocation.know_structure()
    try:
        with source.changes(move.physical, start=Token.parse(move.position).timestamp) as changes:
            relocation.copy_late(changes)
    except engine.Conflict:
        log.warning("deletions that were in progress when %s was moved are no longer known", move.database_id)
    if Database.objects.filter(public_id=move.database_id, moving=True).exists():
        wait_for_cache_expiry(move.database_id)
        moves.accept_writes(move)
    if moves.may_drop_source(move):
        source.drop_database(move.physical)
        moves.forget(move)
        invalidate(move.database_id)
