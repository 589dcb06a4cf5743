"""Sending of deliveries, at least once: webhooks take turns, each with one delivery at a time."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

import engine
from catalog.services.access import open_for_service
from engine.encoding import dumps, iso_timestamp
from features.webhooks.models import Delivery, DeliveryState, Webhook
from features.webhooks.outgoing import ReceiverResponse, RequestFailed, post, resolve
from features.webhooks.services.managing import TEST, secret_of

ACTOR = "webhook"
_TIME_SLICE = timedelta(seconds=5)
_MIN_DELAY_SECONDS, _MAX_DELAY_SECONDS = 2, 3600
_METHODS = {"insert": "POST", "update": "PUT", "delete": "DELETE", TEST: "TEST"}
_TEST_CONTENT = {"message": "This is a test event."}
_EXCERPT = 2_000
_SWITCHED_OFF = "Switched off: the last {} deliveries failed. Switch it on again when the receiver works."


def waiting() -> list[str]:
    """Return the webhooks that have due deliveries and no worker, the longest waiting first."""
    now = timezone.now()
    due = Delivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=now).values("webhook")
    free = Webhook.objects.filter(active=True, lease_until__lte=now, pk__in=due).order_by("lease_until")
    waiting_ids: list[str] = []
    for failing in (False, True):
        ids = free.filter(failing=failing).values_list("pk", flat=True)
        waiting_ids += ids[: _free_slots(failing=failing)]
    return waiting_ids[: _free_slots(failing=False)]


def _free_slots(*, failing: bool) -> int:
    """Return how many more webhooks may deliver now. Failing webhooks leave one slot to the others."""
    busy = [*Webhook.objects.filter(lease_until__gt=timezone.now()).values_list("failing", flat=True)]
    slots = settings.WEBHOOK_CONCURRENCY - len(busy)
    if failing:
        slots = min(slots, max(settings.WEBHOOK_CONCURRENCY - 1, 1) - sum(busy))
    return max(slots, 0)


def deliver(webhook_id: str) -> bool:
    """Deliver what is due for one webhook, one after the other, and return whether it had its turn.

    It has no turn while another worker delivers for it, or while WEBHOOK_CONCURRENCY webhooks deliver.
    """
    now = timezone.now()
    until = now + _TIME_SLICE + _max_attempt_time()
    failing = Webhook.objects.filter(pk=webhook_id).values_list("failing", flat=True).first()
    if failing is None or not _free_slots(failing=failing):
        return False
    if not Webhook.objects.filter(pk=webhook_id, lease_until__lte=now).update(lease_until=until):
        return False
    try:
        while (row := _next(webhook_id)) and timezone.now() < now + _TIME_SLICE:
            _attempt(row)
    finally:
        Webhook.objects.filter(pk=webhook_id, lease_until=until).update(lease_until=timezone.now())
    return True


def _next(webhook_id: str) -> Delivery | None:
    due = Delivery.objects.filter(
        webhook=webhook_id, webhook__active=True, state=DeliveryState.PENDING, due_at__lte=timezone.now()
    )
    return due.select_related("webhook").order_by("due_at").first()


def _max_attempt_time() -> timedelta:
    return timedelta(seconds=settings.WEBHOOK_SECONDS * 2 + 5)


def _attempt(row: Delivery) -> None:
    """Make one attempt if it is still due. If the worker dies, it becomes due again."""
    pending = Delivery.objects.filter(pk=row.pk, state=DeliveryState.PENDING)
    if not pending.filter(due_at=row.due_at).update(due_at=timezone.now() + _max_attempt_time()):
        return
    try:
        payload = _payload(row)
        body = dumps(payload)
        row.request, row.response = _excerpt(body.decode()), ""
        answer = _call_function(row, payload["0"]) if row.webhook.function_id else _post(row, body)
    except engine.NotFound:
        row.webhook.delete()
    except RequestFailed as error:
        _record_failure(row, None, str(error))
    else:
        row.response = _excerpt(answer.text)
        _record_response(row, answer.status)


def _excerpt(text: str) -> str:
    """Return the beginning of a text, without what PostgreSQL cannot store."""
    return text[:_EXCERPT].replace("\0", "\ufffd")


def _record_response(row: Delivery, status: int) -> None:
    if not 200 <= status < 300:
        _record_failure(row, status, f"The receiver answered {status}.")
        return
    Delivery.objects.filter(pk=row.pk, state=DeliveryState.PENDING).update(
        state=DeliveryState.DELIVERED,
        attempts=row.attempts + 1,
        status=status,
        error="",
        request=row.request,
        response=row.response,
        finished_at=timezone.now(),
    )
    Webhook.objects.filter(Q(deaths__gt=0) | Q(failing=True), pk=row.webhook_id).update(deaths=0, failing=False)


def _post(row: Delivery, body: bytes) -> ReceiverResponse:
    target = resolve(row.webhook.url, allow_private=settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS)
    timestamp = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "DataCube-Webhooks",
        "X-DataCube-Event": row.operation,
        "X-DataCube-Delivery": row.id,
        "X-DataCube-Signature": f"t={timestamp},v1={signature(secret_of(row.webhook_id), timestamp, body)}",
    }
    return post(target, body, headers=headers, seconds=settings.WEBHOOK_SECONDS)


def _call_function(row: Delivery, content: Any) -> ReceiverResponse:
    """Deliver an event to the function of a trigger. Raises `NotFound` if it does not exist any more."""
    event = {
        "event": row.operation,
        "collection": row.webhook.collection,
        "id": row.document_id,
        "document": content if type(content) is dict else None,
        "version": row.version,
        "at": iso_timestamp(row.happened_at),
        "delivery": row.id,
    }
    deliver_event = import_string(settings.WEBHOOK_FUNCTIONS)
    try:
        return ReceiverResponse(*deliver_event(row.webhook.database_id, row.webhook.function_id, event))
    except engine.NotFound:
        raise
    except engine.Error as error:
        raise RequestFailed(error.message) from error


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return the HMAC-SHA256 of `<time>.<body>` in hexadecimal digits."""
    return hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hex()


def _payload(row: Delivery) -> dict[str, Any]:
    """Return the body of a delivery, with the document as it is now, or its id if it does not exist any more."""
    hook = row.webhook
    database = open_for_service(hook.database_id, actor=ACTOR, collection=hook.collection)
    content: Any = _TEST_CONTENT if row.operation == TEST else row.document_id
    if row.operation not in ("delete", TEST):
        query = engine.Query({"_id": row.document_id}, limit=1, count=engine.Count.NONE)
        documents = database.collection(hook.collection).find(query).documents
        if documents:
            content = {name: value for name, value in documents[0].items() if name != "_sys"}
    event = {
        "db": database.name,
        "collection": hook.collection,
        "method": _METHODS[row.operation],
        "payload": [content],
    }
    times = {"id": row.id, "version": row.version, "at": row.happened_at}
    return {"0": content, "event": event, "delivery": times}


def _record_failure(row: Delivery, status: int | None, error: str) -> None:
    if row.operation != TEST:
        Webhook.objects.filter(pk=row.webhook_id, failing=False).update(failing=True)
    attempts = row.attempts + 1
    changes: dict[str, Any] = {"attempts": attempts, "status": status, "error": error}
    changes |= {"request": row.request, "response": row.response}
    # A test is tried once and does not count as a failure of the receiver.
    is_dead = row.operation == TEST or attempts >= settings.WEBHOOK_ATTEMPTS
    if is_dead:
        changes |= {"state": DeliveryState.DEAD, "finished_at": timezone.now()}
    else:
        delay = min(_MIN_DELAY_SECONDS * 2 ** (attempts - 1), _MAX_DELAY_SECONDS)
        changes["due_at"] = timezone.now() + timedelta(seconds=delay)
    if (
        Delivery.objects.filter(pk=row.pk, state=DeliveryState.PENDING).update(**changes)
        and is_dead
        and row.operation != TEST
    ):
        _count_dead(row.webhook_id)


def _count_dead(webhook_id: str) -> None:
    """Count a dead delivery; switch the webhook off after WEBHOOK_MAX_FAILURES in a row."""
    hook = Webhook.objects.filter(pk=webhook_id)
    hook.update(deaths=F("deaths") + 1)
    max_failures = settings.WEBHOOK_MAX_FAILURES
    hook.filter(active=True, deaths__gte=max_failures).update(
        active=False, message=_SWITCHED_OFF.format(max_failures)
    )


def forget_old() -> None:
    """Delete the records of deliveries that ended more than JOB_DAYS ago."""
    before = timezone.now() - timedelta(days=settings.JOB_DAYS)
    Delivery.objects.filter(finished_at__lt=before).delete()
