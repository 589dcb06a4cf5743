"""From deliveries to receivers, at least once: each webhook in turn, one delivery of it at a time."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

import engine
from catalog.services import open_for_service
from features.webhooks.models import Delivery, State, Webhook
from features.webhooks.outgoing import Refused, Response, post, resolve
from features.webhooks.services.managing import TEST, secret_of

ACTOR = "webhook"
_TURN = timedelta(seconds=5)
_FIRST_PAUSE, _LONGEST_PAUSE = 2, 3600
_METHODS = {"insert": "POST", "update": "PUT", "delete": "DELETE", TEST: "TEST"}
_TEST_CONTENT = {"message": "This is a test event."}
_EXCERPT = 2_000
_OFF = "Switched off: the last {} deliveries died. Switch it on again when the receiver is well."


def waiting() -> list[str]:
    """The webhooks that have something due and that nobody is at work for, the longest unserved first."""
    now = timezone.now()
    due = Delivery.objects.filter(state=State.PENDING, due_at__lte=now).values("webhook")
    free = Webhook.objects.filter(active=True, lease_until__lte=now, pk__in=due).order_by("lease_until")
    found: list[str] = []
    for failing in (False, True):
        names = free.filter(failing=failing).values_list("pk", flat=True)
        found += names[: _room(failing=failing)]
    return found[: _room(failing=False)]


def _room(*, failing: bool) -> int:
    """How many more may have their turns now; those that fail leave one place to those that do not."""
    busy = [*Webhook.objects.filter(lease_until__gt=timezone.now()).values_list("failing", flat=True)]
    room = settings.WEBHOOK_CONCURRENCY - len(busy)
    if failing:
        room = min(room, max(settings.WEBHOOK_CONCURRENCY - 1, 1) - sum(busy))
    return max(room, 0)


def deliver(webhook_id: str) -> bool:
    """A turn of one webhook: what is due, one after the other. Whether it had its turn.

    It has none where somebody else is at it, or WEBHOOK_CONCURRENCY have theirs.
    """
    now = timezone.now()
    until = now + _TURN + _longest_attempt()
    failing = Webhook.objects.filter(pk=webhook_id).values_list("failing", flat=True).first()
    if failing is None or not _room(failing=failing):
        return False
    if not Webhook.objects.filter(pk=webhook_id, lease_until__lte=now).update(lease_until=until):
        return False
    try:
        while (row := _next(webhook_id)) and timezone.now() < now + _TURN:
            _attempt(row)
    finally:
        Webhook.objects.filter(pk=webhook_id, lease_until=until).update(lease_until=timezone.now())
    return True


def _next(webhook_id: str) -> Delivery | None:
    due = Delivery.objects.filter(
        webhook=webhook_id, webhook__active=True, state=State.PENDING, due_at__lte=timezone.now()
    )
    return due.select_related("webhook").order_by("due_at").first()


def _longest_attempt() -> timedelta:
    return timedelta(seconds=settings.WEBHOOK_SECONDS * 2 + 5)


def _attempt(row: Delivery) -> None:
    """One, if it is still due: whoever dies meanwhile has it made again."""
    pending = Delivery.objects.filter(pk=row.pk, state=State.PENDING)
    if not pending.filter(due_at=row.due_at).update(due_at=timezone.now() + _longest_attempt()):
        return
    try:
        body = engine.dumps(_payload(row))
        row.request, row.response = _excerpt(body.decode()), ""
        answer = _posted(row, body)
    except engine.NotFound:
        row.webhook.delete()
    except Refused as problem:
        _failed(row, None, str(problem))
    else:
        row.response = _excerpt(answer.text)
        _answered(row, answer.status)


def _excerpt(text: str) -> str:
    """Return the beginning of a text, without what PostgreSQL cannot store."""
    return text[:_EXCERPT].replace("\0", "\ufffd")


def _answered(row: Delivery, status: int) -> None:
    if not 200 <= status < 300:
        _failed(row, status, f"The receiver answered {status}.")
        return
    Delivery.objects.filter(pk=row.pk, state=State.PENDING).update(
        state=State.DELIVERED,
        attempts=row.attempts + 1,
        status=status,
        error="",
        request=row.request,
        response=row.response,
        finished_at=timezone.now(),
    )
    Webhook.objects.filter(Q(deaths__gt=0) | Q(failing=True), pk=row.webhook_id).update(deaths=0, failing=False)


def _posted(row: Delivery, body: bytes) -> Response:
    target = resolve(row.webhook.url, to_private=settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS)
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
    content: Any = _TEST_CONTENT if row.operation == TEST else row.document_id
    if row.operation not in ("delete", TEST):
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
    if row.operation != TEST:
        Webhook.objects.filter(pk=row.webhook_id, failing=False).update(failing=True)
    attempts = row.attempts + 1
    told: dict[str, Any] = {"attempts": attempts, "status": status, "error": error}
    told |= {"request": row.request, "response": row.response}
    # A test is tried once, and says nothing about the receiver's health.
    dead = row.operation == TEST or attempts >= settings.WEBHOOK_ATTEMPTS
    if dead:
        told |= {"state": State.DEAD, "finished_at": timezone.now()}
    else:
        pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)
        told["due_at"] = timezone.now() + timedelta(seconds=pause)
    if Delivery.objects.filter(pk=row.pk, state=State.PENDING).update(**told) and dead and row.operation != TEST:
        _died(row.webhook_id)


def _died(webhook_id: str) -> None:
    """Who takes nothing any more is not asked for ever."""
    hook = Webhook.objects.filter(pk=webhook_id)
    hook.update(deaths=F("deaths") + 1)
    most = settings.WEBHOOK_MAX_FAILURES
    hook.filter(active=True, deaths__gte=most).update(active=False, message=_OFF.format(most))


def forget_old() -> None:
    """Removes the record of deliveries that ended long ago."""
    before = timezone.now() - timedelta(days=settings.JOB_DAYS)
    Delivery.objects.filter(finished_at__lt=before).delete()
