"""Recording of deliveries, exactly once for each event: one reader of the change stream for all webhooks."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta

from django.db import transaction
from django.utils import timezone

import engine
from catalog.services.queries import sources
from catalog.services.stores import clusters
from engine.events import RawChange, Token, WatchedCollection
from features.webhooks.models import Delivery, StreamPosition, Webhook

_LEASE = timedelta(seconds=30)
_BATCH_SIZE = 1_000
_MAX_BATCHES = 5
_LEAVE_SECONDS, _LEAVE_PAUSE = 10, 0.1
_EVENTS_LOST = "Events were lost: they were not read before MongoDB discarded them."
_Events = Sequence[tuple[WatchedCollection, RawChange]]
_Hooks = Mapping[WatchedCollection, Sequence[Webhook]]


def gather() -> int:
    """Record the deliveries of the events since the last time and return their number.

    Reads one cluster after the other. Raises `Unavailable` if one did not answer, after the others were read.
    """
    if not Webhook.objects.exists() and not StreamPosition.objects.exclude(position="").exists():
        return 0  # without webhooks nothing is written every two seconds
    count, failure = 0, None
    for cluster in clusters.names():
        try:
            count += _gather(cluster)
        except engine.Unavailable as error:
            failure = error
    if failure is not None:
        raise failure
    return count


def _gather(cluster: str) -> int:
    now = timezone.now()
    rows = StreamPosition.objects.filter(cluster=cluster)
    StreamPosition.objects.get_or_create(cluster=cluster, defaults={"lease_until": now})
    if not rows.filter(lease_until__lte=now).update(lease_until=now + _LEASE):
        return 0  # another worker is reading
    try:
        return sum(_read_batches(cluster))
    finally:
        rows.filter(lease_until=now + _LEASE).update(lease_until=timezone.now())


def _read_batches(cluster: str) -> Iterator[int]:
    for _ in range(_MAX_BATCHES):
        complete, recorded = _read_batch(cluster)
        yield recorded
        if complete:
            return


def _read_batch(cluster: str) -> tuple[bool, int]:
    """Read a batch of events. Returns (exhausted, number of recorded deliveries)."""
    position = _position(cluster)
    changes = clusters.change_stream(cluster)
    # Read before the webhooks: one that is created in between receives later events the next time.
    until = changes.position()
    hooks = _hooks(cluster)
    if not hooks:
        _move(cluster, position, "")
        return True, 0
    starts = (Token.parse(hook.position) for group in hooks.values() for hook in group)
    start = Token.parse(position) if position else min(starts)
    try:
        events, reached, complete = changes.read_many([*hooks], start, until=until, limit=_BATCH_SIZE)
    except engine.Conflict:
        _record_loss(cluster, position, until, hooks)
        return True, 0
    return complete, _record(cluster, position, events, hooks, reached=reached)


def _position(cluster: str) -> str:
    return StreamPosition.objects.values_list("position", flat=True).get(cluster=cluster)


def _hooks(cluster: str) -> _Hooks:
    """Return the active webhooks of a cluster's databases by source. Deletes those whose database or collection was
    dropped.
    """
    rows = [*Webhook.objects.all()]
    known_sources = sources((row.database_id, row.collection) for row in rows)
    hooks = defaultdict(list)
    for row in rows:
        source = known_sources.get((row.database_id, row.collection))
        if source is None:
            Webhook.objects.filter(pk=row.pk, collection=row.collection).delete()  # unless it was renamed
        elif row.active and source.cluster == cluster:
            hooks[source].append(row)
    return hooks


def read_up_to(database_id: str, cluster: str, until: Token) -> None:
    """Record the deliveries of a database's events up to a token, before it leaves its cluster.

    Raises `Unavailable` where this takes longer than ten seconds.
    """
    deadline = time.monotonic() + _LEAVE_SECONDS
    while Webhook.objects.filter(database_id=database_id, active=True).exists():
        _gather(cluster)
        position = _position(cluster)
        if position and Token.parse(position) >= until:
            return
        if time.monotonic() > deadline:
            raise engine.Unavailable("The webhooks of the database did not catch up with its changes.")
        time.sleep(_LEAVE_PAUSE)


def continue_at(database_id: str, position: Token) -> None:
    """Let the webhooks of a database go on at a position of the cluster that it has moved to."""
    Webhook.objects.filter(database_id=database_id).update(position=str(position))


def _record(cluster: str, position: str, events: _Events, hooks: _Hooks, *, reached: Token) -> int:
    """Record deliveries in one transaction, unless another worker has read on from the same position."""
    hook_ids = {hook.pk for source, _ in events for hook in hooks[source]}
    with transaction.atomic():
        if not _move(cluster, position, str(reached)):
            return 0
        # Read again and locked: some may have been deleted or switched since.
        rows = Webhook.objects.select_for_update().filter(pk__in=hook_ids, active=True)
        current = {row.pk: (row, Token.parse(row.position)) for row in rows}
        deliveries = [
            _delivery(hook, event)
            for source, event in events
            for hook, start in (current[item.pk] for item in hooks[source] if item.pk in current)
            if event.token > start and event.operation in hook.events
        ]
        Delivery.objects.bulk_create(deliveries)
    return len(deliveries)


def _move(cluster: str, position: str, to: str) -> bool:
    return bool(StreamPosition.objects.filter(cluster=cluster, position=position).update(position=to))


def restart() -> None:
    """Let all webhooks go on from now: after a restore, older positions are those of another cluster."""
    now = {cluster: str(clusters.change_stream(cluster).position()) for cluster in clusters.names()}
    rows = [*Webhook.objects.all()]
    known_sources = sources((row.database_id, row.collection) for row in rows)
    with transaction.atomic():
        StreamPosition.objects.update(position="")
        for row in rows:
            source = known_sources.get((row.database_id, row.collection))
            Webhook.objects.filter(pk=row.pk).update(position=now[source.cluster if source else clusters.MAIN])


def _record_loss(cluster: str, position: str, now: Token, hooks: _Hooks) -> None:
    with transaction.atomic():
        if _move(cluster, position, str(now)):
            lost = [hook.pk for group in hooks.values() for hook in group]
            Webhook.objects.filter(pk__in=lost, active=True).update(message=_EVENTS_LOST)


def _delivery(hook: Webhook, event: RawChange) -> Delivery:
    return Delivery(
        id=secrets.token_hex(16),
        webhook=hook,
        token=str(event.token),
        operation=event.operation,
        document_id=str(event.document_id),
        version=event.version,
        happened_at=event.at.replace(tzinfo=UTC),
        due_at=timezone.now(),
    )
