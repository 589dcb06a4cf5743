"""Triggers: webhooks whose events go to a function of the database instead of to an address."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import engine
from accounts.principal import Principal
from catalog.services.access import lock_database, open_feed
from engine.errors import invalid
from features.webhooks.models import Webhook
from features.webhooks.services.managing import EVENTS


@dataclass(frozen=True)
class Trigger:
    """A function receives these events of a collection. `message` says why it was switched off."""

    collection: str
    events: tuple[str, ...]
    active: bool = True
    message: str = ""


def list_triggers(function_id: str) -> list[Trigger]:
    """Return the triggers of a function by collection."""
    rows = Webhook.objects.filter(function_id=function_id).order_by("collection")
    return [Trigger(row.collection, tuple(row.events), row.active, row.message) for row in rows]


def set_triggers(principal: Principal, database_id: str, function_id: str, triggers: Sequence[Trigger]) -> None:
    """Replace the triggers of a function, and switch them on. Raises `Invalid` and `TooLarge`.

    New ones receive the events from now on; those of a collection that had one before go on where it is.
    """
    positions = {item.collection: _position(principal, database_id, item) for item in triggers}
    if len(positions) < len(triggers):
        raise engine.Invalid.of_field("triggers", "Name each collection once.")
    with transaction.atomic():
        lock_database(database_id)
        rows = Webhook.objects.filter(database_id=database_id, function_id=function_id)
        rows.exclude(collection__in=positions).delete()
        for item in triggers:
            events = [name for name in EVENTS if name in item.events]
            known = rows.filter(collection=item.collection)
            known.filter(active=False).update(position=positions[item.collection])
            if not known.update(events=events, active=True, message="", deaths=0):
                _create(database_id, function_id, item.collection, events, positions[item.collection])


def delete_triggers(function_id: str) -> None:
    """Delete the triggers of a function with their deliveries."""
    Webhook.objects.filter(function_id=function_id).delete()


def _position(principal: Principal, database_id: str, trigger: Trigger) -> str:
    """Return the present position of the change stream. Raises `Invalid` with every error of a trigger."""
    errors = []
    if not trigger.events or not set(trigger.events) <= set(EVENTS):
        errors.append(engine.FieldError("triggers", f"events must be some of {', '.join(EVENTS)}."))
    try:
        position = str(open_feed(principal, database_id, collection=trigger.collection).position())
    except engine.NotFound as error:
        raise engine.Invalid.of_field("triggers", error.message) from error
    if errors:
        raise invalid(errors)
    return position


def _create(database_id: str, function_id: str, collection: str, events: list[str], position: str) -> None:
    if Webhook.objects.filter(database_id=database_id).count() >= settings.MAX_WEBHOOKS:
        text = f"A database has at most {settings.MAX_WEBHOOKS} webhooks and triggers (MAX_WEBHOOKS)."
        raise engine.TooLarge(text)
    Webhook.objects.create(
        id=secrets.token_hex(16),
        database_id=database_id,
        collection=collection,
        events=events,
        url="",
        function_id=function_id,
        position=position,
        lease_until=timezone.now(),
    )
