"""Who has which webhooks, and what became of their deliveries."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

import engine
from accounts.principal import Principal
from catalog.services import lock_database, open_database, open_feed
from features.webhooks.models import Delivery, State, Webhook
from features.webhooks.outgoing import url_fault

EVENTS = ("insert", "update", "delete")
TEST = "test"
NO_WEBHOOK = "There is no such webhook."
NO_DELIVERY = "There is no such delivery."
_LOGGED = 100


def secret_of(webhook_id: str) -> str:
    """What signs the deliveries of a webhook: made from the installation's own secret, and kept nowhere."""
    made = hmac.digest(settings.SECRET_KEY.encode(), f"webhook:{webhook_id}".encode(), hashlib.sha256)
    return f"whsec_{made.hex()}"


def create(
    principal: Principal, database_id: str, *, collection: str, url: Any, events: Any
) -> tuple[dict[str, Any], str]:
    """The new webhook and its secret, which is told this once."""
    _open(principal, database_id)
    feed = open_feed(principal, database_id, collection=collection)
    wanted = list(EVENTS) if events is None else events
    _check(url, wanted)
    position = str(feed.position())
    with transaction.atomic():
        lock_database(database_id)  # that two at once do not both find room
        if Webhook.objects.filter(database_id=database_id).count() >= settings.MAX_WEBHOOKS:
            raise engine.TooLarge(f"A database has at most {settings.MAX_WEBHOOKS} webhooks (MAX_WEBHOOKS).")
        row = Webhook.objects.create(
            id=secrets.token_hex(16),
            database_id=database_id,
            collection=collection,
            events=[item for item in EVENTS if item in wanted],
            url=url,
            position=position,
            lease_until=timezone.now(),
        )
    return _shown(row), secret_of(row.id)


def _check(url: Any, events: Any) -> None:
    """Raise `Invalid` with every error of an address and a list of events."""
    errors = []
    if text := url_fault(url, to_private=settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS):
        errors.append(engine.FieldError("url", text))
    if type(events) is not list or not events or not all(type(item) is str and item in EVENTS for item in events):
        errors.append(engine.FieldError("events", f"Must be an array of some of {', '.join(EVENTS)}."))
    if errors:
        raise engine.invalid(errors)


def list_all(principal: Principal, database_id: str) -> list[dict[str, Any]]:
    _open(principal, database_id)
    return [_shown(row) for row in Webhook.objects.filter(database_id=database_id).order_by("created_at")]


def describe(principal: Principal, database_id: str, webhook_id: str) -> dict[str, Any]:
    """Return one webhook with the number of its deliveries in each state."""
    row = _row(principal, database_id, webhook_id)
    counts = dict(row.deliveries.values_list("state").annotate(number=Count("pk")).order_by())
    return {**_shown(row), "counts": {state: counts.get(state, 0) for state in State.values}}


def change(principal: Principal, database_id: str, webhook_id: str, *, url: Any, events: Any) -> dict[str, Any]:
    """Set the address and the events; the secret stays. Pending deliveries go to the new address."""
    row = _row(principal, database_id, webhook_id)
    _check(url, events)
    row.url, row.events = url, [item for item in EVENTS if item in events]
    row.save(update_fields=["url", "events"])
    return _shown(row)


def switch(principal: Principal, database_id: str, webhook_id: str, *, active: bool) -> dict[str, Any]:
    """On or off; what happens while it is off is not heard, and what is pending waits."""
    feed = open_feed(principal, database_id)
    mine = Webhook.objects.filter(pk=_row(principal, database_id, webhook_id).pk)
    if active:
        begun = {"position": str(feed.position()), "deaths": 0, "message": ""}
        mine.filter(active=False).update(active=True, **begun)
    else:
        mine.update(active=False)
    row = mine.first()
    if row is None:
        raise engine.NotFound(NO_WEBHOOK)
    return _shown(row)


def delete(principal: Principal, database_id: str, webhook_id: str) -> None:
    """With its log; what is under way is still delivered."""
    row = _row(principal, database_id, webhook_id)
    with transaction.atomic():
        # Held, so that nobody records deliveries of it meanwhile.
        Webhook.objects.select_for_update().filter(pk=row.pk).first()
        row.delete()


def log(principal: Principal, database_id: str, webhook_id: str, *, state: str = "") -> list[dict[str, Any]]:
    """The latest deliveries first, a hundred at most; of one state where it is named."""
    found = _row(principal, database_id, webhook_id).deliveries.order_by("-created_at", "-happened_at")
    if state:
        if state not in State.values:
            raise engine.Invalid.of_field("state", f"Must be one of {', '.join(State.values)}.")
        found = found.filter(state=state)
    return [_delivery(row) for row in found[:_LOGGED]]


def replay(principal: Principal, database_id: str, webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """A delivery once more from its first attempt, whatever became of it."""
    hook = _row(principal, database_id, webhook_id)
    again = hook.deliveries.filter(pk=delivery_id)
    if not again.update(state=State.PENDING, attempts=0, due_at=timezone.now(), finished_at=None, error=""):
        raise engine.NotFound(NO_DELIVERY)
    return _delivery(again.get())


def replay_dead(principal: Principal, database_id: str, webhook_id: str) -> int:
    """Make every dead delivery of a webhook pending again and return their number."""
    dead = _row(principal, database_id, webhook_id).deliveries.filter(state=State.DEAD)
    return dead.update(state=State.PENDING, attempts=0, due_at=timezone.now(), finished_at=None, error="")


def describe_delivery(principal: Principal, database_id: str, webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """Return one delivery with the beginning of what was sent last and of what was answered."""
    row = _row(principal, database_id, webhook_id).deliveries.filter(pk=delivery_id).first()
    if row is None:
        raise engine.NotFound(NO_DELIVERY)
    return {**_delivery(row), "version": row.version, "request": row.request, "response": row.response}


def send_test(principal: Principal, database_id: str, webhook_id: str) -> dict[str, Any]:
    """Add a delivery without a document, which is tried once; `Conflict` while another waits or it is paused."""
    row = _row(principal, database_id, webhook_id)
    with transaction.atomic():
        hook = Webhook.objects.select_for_update().filter(pk=row.pk).first()
        if hook is None:
            raise engine.NotFound(NO_WEBHOOK)
        if not hook.active:
            raise engine.Conflict("The webhook is paused. Resume it to send a test event.")
        if hook.deliveries.filter(operation=TEST, state=State.PENDING).exists():
            raise engine.Conflict("A test event is waiting to be sent already.")
        now, delivery_id = timezone.now(), secrets.token_hex(16)
        delivery = hook.deliveries.create(
            id=delivery_id, token=f"test:{delivery_id}", operation=TEST, happened_at=now, due_at=now
        )
    return _delivery(delivery)


def _open(principal: Principal, database_id: str) -> None:
    database = open_database(principal, database_id)
    database.require(engine.Action.DESIGN)
    database.require(engine.Action.READ)


def _row(principal: Principal, database_id: str, webhook_id: str) -> Webhook:
    _open(principal, database_id)
    row = Webhook.objects.filter(pk=webhook_id, database_id=database_id).first()
    if row is None:
        raise engine.NotFound(NO_WEBHOOK)
    return row


def _shown(row: Webhook) -> dict[str, Any]:
    return {
        "id": row.id,
        "collection": row.collection,
        "events": row.events,
        "url": row.url,
        "active": row.active,
        "message": row.message,
        "created_at": row.created_at,
    }


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "event": row.operation,
        "document_id": row.document_id,
        "happened_at": row.happened_at,
        "state": row.state,
        "attempts": row.attempts,
        "status": row.status,
        "error": row.error,
        "due_at": row.due_at if row.state == State.PENDING else None,
        "finished_at": row.finished_at,
    }
