"""Management of webhooks and of their deliveries."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

import engine
from accounts.principal import Principal
from audit import services as audit
from catalog.services.access import lock_database, open_database, open_feed
from catalog.services.queries import team_of
from engine.errors import invalid
from features.webhooks.models import Delivery, DeliveryState, Webhook
from features.webhooks.outgoing import url_error

EVENTS = ("insert", "update", "delete")
TEST = "test"
NO_WEBHOOK = "Webhook not found."
NO_DELIVERY = "Delivery not found."
_MAX_LOGGED = 100


def secret_of(webhook_id: str) -> str:
    """Return the secret that signs a webhook's deliveries. It is derived from SECRET_KEY and not stored."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"webhook:{webhook_id}".encode(), hashlib.sha256)
    return f"whsec_{digest.hex()}"


def create(
    principal: Principal, database_id: str, *, collection: str, url: Any, events: Any
) -> tuple[dict[str, Any], str]:
    """Create a webhook and return it with its secret, which is not shown again. Raises `Invalid`, `TooLarge`."""
    _require_access(principal, database_id)
    feed = open_feed(principal, database_id, collection=collection)
    event_names = list(EVENTS) if events is None else events
    _check(url, event_names)
    position = str(feed.position())
    with transaction.atomic():
        lock_database(database_id)  # so that two requests cannot both pass the limit
        if Webhook.objects.filter(database_id=database_id).count() >= settings.MAX_WEBHOOKS:
            raise engine.TooLarge(f"A database has at most {settings.MAX_WEBHOOKS} webhooks (MAX_WEBHOOKS).")
        row = Webhook.objects.create(
            id=secrets.token_hex(16),
            database_id=database_id,
            collection=collection,
            events=[item for item in EVENTS if item in event_names],
            url=url,
            position=position,
            lease_until=timezone.now(),
        )
        _audit("webhook.create", principal, database_id, row.id)
    return _describe(row), secret_of(row.id)


def _audit(action: str, principal: Principal, database_id: str, webhook_id: str, **detail: bool) -> None:
    team = team_of(database_id)
    audit.record(action, actor=principal.actor, team=team, target=webhook_id, database=database_id, **detail)


def _check(url: Any, events: Any) -> None:
    """Raise `Invalid` with every error of an address and a list of events."""
    errors = []
    if text := url_error(url, allow_private=settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS):
        errors.append(engine.FieldError("url", text))
    if type(events) is not list or not events or not all(type(item) is str and item in EVENTS for item in events):
        errors.append(engine.FieldError("events", f"Must be an array of some of {', '.join(EVENTS)}."))
    if errors:
        raise invalid(errors)


def list_all(principal: Principal, database_id: str) -> list[dict[str, Any]]:
    """Return the webhooks of a database, the oldest first."""
    _require_access(principal, database_id)
    return [_describe(row) for row in _addressed(database_id).order_by("created_at")]


def describe(principal: Principal, database_id: str, webhook_id: str) -> dict[str, Any]:
    """Return one webhook with the number of its deliveries in each state."""
    row = _row(principal, database_id, webhook_id)
    counts = dict(row.deliveries.values_list("state").annotate(number=Count("pk")).order_by())
    return {**_describe(row), "counts": {state: counts.get(state, 0) for state in DeliveryState.values}}


def change(principal: Principal, database_id: str, webhook_id: str, *, url: Any, events: Any) -> dict[str, Any]:
    """Set the address and the events; the secret stays. Pending deliveries go to the new address."""
    row = _row(principal, database_id, webhook_id)
    _check(url, events)
    row.url, row.events = url, [item for item in EVENTS if item in events]
    row.save(update_fields=["url", "events"])
    return _describe(row)


def switch(principal: Principal, database_id: str, webhook_id: str, *, active: bool) -> dict[str, Any]:
    """Switch a webhook on or off. While it is off events are skipped and pending deliveries wait."""
    feed = open_feed(principal, database_id)
    hooks = Webhook.objects.filter(pk=_row(principal, database_id, webhook_id).pk)
    if active:
        changes = {"position": str(feed.position()), "deaths": 0, "message": ""}
        hooks.filter(active=False).update(active=True, **changes)
    else:
        hooks.update(active=False)
    row = hooks.first()
    if row is None:
        raise engine.NotFound(NO_WEBHOOK)
    _audit("webhook.change", principal, database_id, webhook_id, active=active)
    return _describe(row)


def delete(principal: Principal, database_id: str, webhook_id: str) -> None:
    """Delete a webhook with its log. An attempt that is under way is still made."""
    row = _row(principal, database_id, webhook_id)
    with transaction.atomic():
        # Locked, so that no deliveries of it are recorded at the same time.
        Webhook.objects.select_for_update().filter(pk=row.pk).first()
        row.delete()
        _audit("webhook.delete", principal, database_id, webhook_id)


def log(principal: Principal, database_id: str, webhook_id: str, *, state: str = "") -> list[dict[str, Any]]:
    """Return the latest 100 deliveries, newest first; those in one state if it is given."""
    deliveries = _row(principal, database_id, webhook_id).deliveries.order_by("-created_at", "-happened_at")
    if state:
        if state not in DeliveryState.values:
            raise engine.Invalid.of_field("state", f"Must be one of {', '.join(DeliveryState.values)}.")
        deliveries = deliveries.filter(state=state)
    return [_delivery(row) for row in deliveries[:_MAX_LOGGED]]


def replay(principal: Principal, database_id: str, webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """Make a delivery pending again from its first attempt, in whatever state it is."""
    hook = _row(principal, database_id, webhook_id)
    deliveries = hook.deliveries.filter(pk=delivery_id)
    if not deliveries.update(
        state=DeliveryState.PENDING, attempts=0, due_at=timezone.now(), finished_at=None, error=""
    ):
        raise engine.NotFound(NO_DELIVERY)
    return _delivery(deliveries.get())


def replay_dead(principal: Principal, database_id: str, webhook_id: str) -> int:
    """Make every dead delivery of a webhook pending again and return their number."""
    dead = _row(principal, database_id, webhook_id).deliveries.filter(state=DeliveryState.DEAD)
    return dead.update(state=DeliveryState.PENDING, attempts=0, due_at=timezone.now(), finished_at=None, error="")


def describe_delivery(principal: Principal, database_id: str, webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """Return one delivery with the beginning of the last request and of the last response."""
    row = _row(principal, database_id, webhook_id).deliveries.filter(pk=delivery_id).first()
    if row is None:
        raise engine.NotFound(NO_DELIVERY)
    return {**_delivery(row), "version": row.version, "request": row.request, "response": row.response}


def send_test(principal: Principal, database_id: str, webhook_id: str) -> dict[str, Any]:
    """Add a test delivery, which is tried once.

    Raises `Conflict` while another one is pending or the webhook is off.
    """
    row = _row(principal, database_id, webhook_id)
    with transaction.atomic():
        hook = Webhook.objects.select_for_update().filter(pk=row.pk).first()
        if hook is None:
            raise engine.NotFound(NO_WEBHOOK)
        if not hook.active:
            raise engine.Conflict("The webhook is paused. Resume it to send a test event.")
        if hook.deliveries.filter(operation=TEST, state=DeliveryState.PENDING).exists():
            raise engine.Conflict("A test event is waiting to be sent already.")
        now, delivery_id = timezone.now(), secrets.token_hex(16)
        delivery = hook.deliveries.create(
            id=delivery_id, token=f"test:{delivery_id}", operation=TEST, happened_at=now, due_at=now
        )
    return _delivery(delivery)


def _require_access(principal: Principal, database_id: str) -> None:
    database = open_database(principal, database_id)
    database.require(engine.Action.DESIGN)
    database.require(engine.Action.READ)


def _row(principal: Principal, database_id: str, webhook_id: str) -> Webhook:
    _require_access(principal, database_id)
    row = _addressed(database_id).filter(pk=webhook_id).first()
    if row is None:
        raise engine.NotFound(NO_WEBHOOK)
    return row


def _addressed(database_id: str) -> QuerySet[Webhook]:
    """Return the webhooks of a database without the triggers of functions."""
    return Webhook.objects.filter(database_id=database_id, function_id="")


def _describe(row: Webhook) -> dict[str, Any]:
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
        "due_at": row.due_at if row.state == DeliveryState.PENDING else None,
        "finished_at": row.finished_at,
    }


def rename_collection(database_id: str, name: str, *, to: str) -> None:
    """Let the webhooks of a renamed collection name it as it is now; see COLLECTION_RENAMED."""
    Webhook.objects.filter(database_id=database_id, collection=name).update(collection=to)
