"""From events to deliveries, exactly once in the record: one reading of what happened for all webhooks."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta

from django.db import transaction
from django.utils import timezone

import engine
from catalog.services import sources, tail
from features.webhooks.models import Delivery, Reading, Webhook

_THE_ONE = 1
_LEASE = timedelta(seconds=30)
_AT_ONCE = 1_000
_LOOKS = 5
_LOST = "Events were lost: nobody asked for so long that MongoDB no longer has them."
_Events = Sequence[tuple[engine.Source, engine.Event]]
_Hooks = Mapping[engine.Source, Sequence[Webhook]]


def gather() -> int:
    """Records the deliveries of what happened since the last time; how many they are."""
    if not Webhook.objects.exists() and not Reading.objects.exclude(position="").exists():
        return 0  # nothing is written every two seconds where nobody listens
    now = timezone.now()
    Reading.objects.get_or_create(pk=_THE_ONE, defaults={"lease_until": now})
    if not Reading.objects.filter(pk=_THE_ONE, lease_until__lte=now).update(lease_until=now + _LEASE):
        return 0  # somebody else is at it
    try:
        return sum(_looks())
    finally:
        mine = Reading.objects.filter(pk=_THE_ONE, lease_until=now + _LEASE)
        mine.update(lease_until=timezone.now())


def _looks() -> Iterator[int]:
    for _ in range(_LOOKS):
        whole, recorded = _look()
        yield recorded
        if whole:
            return


def _look() -> tuple[bool, int]:
    """Whether nothing is left to read just now, and how many deliveries were recorded."""
    position = Reading.objects.values_list("position", flat=True).get(pk=_THE_ONE)
    # Asked before the webhooks are looked up: one that is made meanwhile hears what comes after it the next time.
    until = tail().position()
    hooks = _hooks()
    if not hooks:
        _move(position, "")
        return True, 0
    begun = (engine.Token.parse(hook.position) for group in hooks.values() for hook in group)
    start = engine.Token.parse(position) if position else min(begun)
    try:
        events, reached, whole = tail().among([*hooks], start, until=until, limit=_AT_ONCE)
    except engine.Conflict:
        _lose(position, until)
        return True, 0
    return whole, _record(position, events, hooks, reached=reached)


def _hooks() -> _Hooks:
    """The active ones by what they hear; those whose database or collection went are removed."""
    rows = [*Webhook.objects.all()]
    places = sources((row.database_id, row.collection) for row in rows)
    found = defaultdict(list)
    for row in rows:
        place = places.get((row.database_id, row.collection))
        if place is None:
            row.delete()
        elif row.active:
            found[place].append(row)
    return found


def _record(position: str, events: _Events, hooks: _Hooks, *, reached: engine.Token) -> int:
    """In one transaction, and only if nobody else has read on from the same place meanwhile."""
    heard = {hook.pk for source, _ in events for hook in hooks[source]}
    with transaction.atomic():
        if not _move(position, str(reached)):
            return 0
        # Anew, and held: some may be gone, switched off, or on again, since they were looked up.
        rows = Webhook.objects.select_for_update().filter(pk__in=heard, active=True)
        there = {row.pk: (row, engine.Token.parse(row.position)) for row in rows}
        made = [
            _delivery(hook, event)
            for source, event in events
            for hook, begun in (there[item.pk] for item in hooks[source] if item.pk in there)
            if event.token > begun and event.operation in hook.events
        ]
        Delivery.objects.bulk_create(made)
    return len(made)


def _move(position: str, to: str) -> bool:
    return bool(Reading.objects.filter(pk=_THE_ONE, position=position).update(position=to))


def _lose(position: str, now: engine.Token) -> None:
    with transaction.atomic():
        if _move(position, str(now)):
            Webhook.objects.filter(active=True).update(message=_LOST)


def _delivery(hook: Webhook, event: engine.Event) -> Delivery:
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
