"""Requests and responses of webhooks."""

from __future__ import annotations

from rest_framework import serializers

from management.serializers.fields import DatabaseQuery, Declared, Passed, RequestSerializer, Text
from management.serializers.responses import ID, example, response
from web.operations.types import Flag

HOOK_ID = "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"
HOOK = {
    "id": HOOK_ID,
    "collection": "orders",
    "events": ["insert"],
    "url": "https://example.com/hook",
    "active": True,
    "message": "",
}
DELIVERY = {"id": HOOK_ID, "event": "insert", "document_id": ID, "state": "delivered", "attempts": 1}


class EventsField(serializers.ListField):
    """Kinds of change events."""

    child = serializers.ChoiceField(["insert", "update", "delete"])


@example({"database_id": ID, "collection_name": "orders", "url": "https://example.com/hook", "events": ["insert"]})
class CreateWebhookRequest(RequestSerializer):
    rejects_unknown = True
    database_id = Text()
    collection_name = Text()
    url = Passed(serializers.CharField())
    events = Passed(EventsField(), required=False)


@example({"database_id": ID, "webhook_id": HOOK_ID})
class WebhookRequest(RequestSerializer):
    database_id = Text()
    webhook_id = Text()


@example({"database_id": ID, "webhook_id": HOOK_ID, "active": True})
class SwitchWebhookRequest(WebhookRequest):
    rejects_unknown = True
    active = Declared(Flag)


class WebhookLogQuery(DatabaseQuery):
    webhook_id = Text(help_text="The webhook's id.")
    state = Text(
        one_of=("pending", "delivered", "dead"), required=False, help_text="Only deliveries in this state."
    )


@example({"database_id": ID, "webhook_id": HOOK_ID, "delivery_id": HOOK_ID})
class ReplayRequest(WebhookRequest):
    delivery_id = Text()


_Webhook = response("Webhook", HOOK, events=EventsField())
WebhooksResponse = response("WebhooksResponse", {"success": True, "webhooks": [HOOK]}, webhooks=_Webhook(many=True))
WebhookResponse = response("WebhookResponse", {"success": True, "webhook": HOOK}, webhook=_Webhook())
NewWebhookResponse = response(
    "NewWebhookResponse", {"success": True, "webhook": HOOK, "secret": "whsec_…"}, webhook=_Webhook()
)
DeliveriesResponse = response("DeliveriesResponse", {"success": True, "deliveries": [DELIVERY]})
DeliveryResponse = response(
    "DeliveryResponse", {"success": True, "delivery": {**DELIVERY, "state": "pending", "attempts": 0}}
)
