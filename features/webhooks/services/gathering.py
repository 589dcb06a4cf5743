"""Recording of deliveries, exactly once for each event: one reader of the change stream for all webhooks."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta

from django.db import transaction
from django.utils import timezone

import engine
from catalog.services.access import change_stream
from catalog.services.queries import sources
from engine.events import RawChange, Token, WatchedCollection
from features.webhooks.models import Delivery, StreamPosition, Webhook

_ROW_ID = 1
_LEASE = timedelta(seconds=30)
_BATCH_SIZE = 1_000
_MAX_BATCHES = 5
_EVENTS_LOST = "Events were lost: they were not read before MongoDB discarded them."
_Events = Sequence[tuple[WatchedCollection, RawChange]]
_Hooks = Mapping[WatchedCollection, Sequence[Webhook]]


def gather() -> int:
    """Record the deliveries of the events since the last time and return their number."""
    if not Webhook.objects.exists() and not StreamPosition.objects.exclude(position="").exists():
        return 0  # without webhooks nothing is written every two seconds
    now = timezone.now()
    StreamPosition.objects.get_or_create(pk=_ROW_ID, defaults={"lease_until": now})
    if not StreamPosition.objects.filter(pk=_ROW_ID, lease_until__lte=now).update(lease_until=now + _LEASE):
        return 0  # another worker is reading
    try:
        return sum(_read_batches())
    finally:
        mine = StreamPosition.objects.filter(pk=_ROW_ID, lease_until=now + _LEASE)
        mine.update(lease_until=timezone.now())


def _read_batches() -> Iterator[int]:
    for _ in range(_MAX_BATCHES):
        complete, recorded = _read_batch()
        yield recorded
        if complete:
            return


def _read_batch() -> tuple[bool, int]:
    """Read a batch of events. Returns (exhausted, number of recorded deliveries)."""
    position = StreamPosition.objects.values_list("position", flat=True).get(pk=_ROW_ID)
    # Read before the webhooks: one that is created in between receives later events the next time.
    until = change_stream().position()
    hooks = _hooks()
    if not hooks:
        _move(position, "")
        return True, 0
    starts = (Token.parse(hook.position) for group in hooks.values() for hook in group)
    start = Token.parse(position) if position else min(starts)
    try:
        events, reached, complete = change_stream().read_many([*hooks], start, until=until, limit=_BATCH_SIZE)
    except engine.Conflict:
        _record_loss(position, until)
        return True, 0
    return complete, _record(position, events, hooks, reached=reached)


def _hooks() -> _Hooks:
    """Return the active webhooks by source. Deletes those whose database or collection was dropped."""
    rows = [*Webhook.objects.all()]
    known_sources = sources((row.database_id, row.collection) for row in rows)
    hooks = defaultdict(list)
    for row in rows:
        source = known_sources.get((row.database_id, row.collection))
        if source is None:
            Webhook.objects.filter(pk=row.pk, collection=row.collection).delete()  # unless it was renamed
        elif row.active:
            hooks[source].append(row)
    return hooks


def _record(position: str, events: _Events, hooks: _Hooks, *, reached: Token) -> int:
    """Record deliveries in one transaction, unless another worker has read on from the same position."""
    hook_ids = {hook.pk for source, _ in events for hook in hooks[source]}
    with transaction.atomic():
        if not _move(position, str(reached)):
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


def _move(position: str, to: str) -> bool:
    return bool(StreamPosition.objects.filter(pk=_ROW_ID, position=position).update(position=to))


def restart() -> None:
    """Let all webhooks go on from now: after a restore, older positions are those of another cluster."""
    now = str(change_stream().position())
    with transaction.atomic():
        StreamPosition.objects.update(position="")
        Webhook.objects.update(position=now)


def _record_loss(position: str, now: Token) -> None:
    with transaction.atomic():
        if _move(position, str(now)):
            Webhook.objects.filter(active=True).update(message=_EVENTS_LOST)


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
