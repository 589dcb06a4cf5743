"""From events to deliveries, exactly once in the record, and from deliveries to receivers, at least once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import engine
from catalog.services import feed_for_service, open_for_service
from webhooks.models import Delivery, State, Webhook
from webhooks.outgoing import Refused, post, resolve
from webhooks.services.managing import secret_of

ACTOR = "webhook"
_AT_ONCE = 200
_LEASE = timedelta(seconds=30)
_FIRST_PAUSE, _LONGEST_PAUSE = 2, 3600
_METHODS = {"insert": "POST", "update": "PUT", "delete": "DELETE"}
_LOST = "Events were lost: nobody asked for so long that MongoDB no longer has them."


def gather() -> list[str]:
    """Records the deliveries of what happened since the last time; their ids."""
    now = timezone.now()
    found: list[str] = []
    for hook in Webhook.objects.filter(lease_until__lte=now).order_by("lease_until"):
        mine = Webhook.objects.filter(pk=hook.pk, lease_until=hook.lease_until)
        if mine.update(lease_until=timezone.now() + _LEASE):
            found += _gathered(hook)
            Webhook.objects.filter(pk=hook.pk).update(lease_until=timezone.now())
    return found


def _gathered(hook: Webhook) -> list[str]:
    try:
        feed = feed_for_service(hook.database_id, actor=ACTOR, collection=hook.collection)
    except engine.NotFound:
        hook.delete()  # its database or collection went
        return []
    try:
        events, reached = feed.since(engine.Token.parse(hook.position), limit=_AT_ONCE, wait=0)
    except engine.Conflict:
        Webhook.objects.filter(pk=hook.pk).update(position=str(feed.position()), message=_LOST)
        return []
    return _recorded(hook, events, reached)


def _recorded(hook: Webhook, events: list[engine.Happening], reached: engine.Token) -> list[str]:
    """In one transaction, and only if nobody else has read on from the same place meanwhile."""
    wanted = [event for event in events if event.operation in hook.events]
    rows = [
        Delivery(
            id=secrets.token_hex(16),
            webhook=hook,
            token=str(event.token),
            operation=event.operation,
            document_id=str(event.document_id),
            version=event.version,
            happened_at=event.at.replace(tzinfo=UTC),
            due_at=timezone.now(),
        )
        for event in wanted
    ]
    with transaction.atomic():
        here = Webhook.objects.filter(pk=hook.pk, position=hook.position)
        if not here.update(position=str(reached)):
            return []
        Delivery.objects.bulk_create(rows)
    return [row.id for row in rows]


def due() -> list[str]:
    """Deliveries whose next attempt is due, the oldest first."""
    found = Delivery.objects.filter(state=State.PENDING, due_at__lte=timezone.now())
    return list(found.order_by("due_at").values_list("pk", flat=True)[:_AT_ONCE])


def deliver(delivery_id: str) -> None:
    """One attempt, if one is due and nobody else makes it."""
    now = timezone.now()
    taken = timedelta(seconds=settings.WEBHOOK_SECONDS * 2 + 5)
    pending = Delivery.objects.filter(pk=delivery_id, state=State.PENDING)
    if not pending.filter(due_at__lte=now).update(due_at=now + taken):
        return
    row = pending.select_related("webhook").first()
    if row is None:
        return
    try:
        body = engine.dumps(_payload(row))
        status = _posted(row, body)
    except engine.NotFound:
        row.webhook.delete()
        return
    except Refused as problem:
        _failed(row, None, str(problem))
        return
    if 200 <= status < 300:
        pending.update(
            state=State.DELIVERED, attempts=row.attempts + 1, status=status, error="", finished_at=timezone.now()
        )
    else:
        _failed(row, status, f"The receiver answered {status}.")


def _posted(row: Delivery, body: bytes) -> int:
    target = resolve(row.webhook.url, to_private=settings.WEBHOOKS_TO_PRIVATE)
    moment = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "DataCube-Webhooks",
        "X-DataCube-Event": row.operation,
        "X-DataCube-Delivery": row.id,
        "X-DataCube-Signature": f"t={moment},v1={signature(secret_of(row.webhook_id), moment, body)}",
    }
    return post(target, body, headers=headers, seconds=settings.WEBHOOK_SECONDS)


def signature(secret: str, moment: int, body: bytes) -> str:
    """HMAC-SHA256 of `<time>.<body>`, in hexadecimal digits."""
    return hmac.digest(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hex()


def _payload(row: Delivery) -> dict[str, Any]:
    """The document as it is now, or its id where it is gone."""
    hook = row.webhook
    database = open_for_service(hook.database_id, actor=ACTOR, collection=hook.collection)
    content: Any = row.document_id
    if row.operation != "delete":
        query = engine.Query({"_id": row.document_id}, limit=1, count=engine.Count.NONE)
        found = database.collection(hook.collection).find(query).documents
        if found:
            content = {name: value for name, value in found[0].items() if name != "_sys"}
    event = {
        "db": database.name,
        "collection": hook.collection,
        "method": _METHODS[row.operation],
        "payload": [content],
    }
    times = {"id": row.id, "version": row.version, "at": row.happened_at}
    return {"0": content, "event": event, "delivery": times}


def _failed(row: Delivery, status: int | None, error: str) -> None:
    attempts = row.attempts + 1
    told: dict[str, Any] = {"attempts": attempts, "status": status, "error": error}
    if attempts >= settings.WEBHOOK_ATTEMPTS:
        told |= {"state": State.DEAD, "finished_at": timezone.now()}
    else:
        pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)
        told["due_at"] = timezone.now() + timedelta(seconds=pause)
    Delivery.objects.filter(pk=row.pk, state=State.PENDING).update(**told)


def forget_old() -> None:
    """Removes the record of deliveries that ended long ago."""
    before = timezone.now() - timedelta(days=settings.JOB_DAYS)
    Delivery.objects.filter(finished_at__lt=before).delete()
