"""Requests and responses of webhooks."""

from __future__ import annotations

from rest_framework import serializers

from management.serializers.fields import (
    ID,
    CountField,
    DatabaseQuery,
    Flag,
    Passed,
    RequestSerializer,
    SuccessResponse,
    Text,
    example,
)

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
    strict = True
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
    strict = True
    active = Flag()


class WebhookLogQuery(DatabaseQuery):
    webhook_id = Text(help_text="The webhook's id.")
    state = Text(
        one_of=("pending", "delivered", "dead"), required=False, help_text="Only deliveries in this state."
    )


@example({"database_id": ID, "webhook_id": HOOK_ID, "delivery_id": HOOK_ID})
class ReplayRequest(WebhookRequest):
    delivery_id = Text()


class WebhookItem(serializers.Serializer):
    id = serializers.CharField()
    collection = serializers.CharField()
    events = EventsField()
    url = serializers.CharField()
    active = serializers.BooleanField()
    message = serializers.CharField()


class DeliveryItem(serializers.Serializer):
    id = serializers.CharField()
    event = serializers.CharField()
    document_id = serializers.CharField()
    state = serializers.CharField()
    attempts = CountField()


@example({"success": True, "webhooks": [HOOK]})
class WebhooksResponse(SuccessResponse):
    webhooks = WebhookItem(many=True)


@example({"success": True, "webhook": HOOK})
class WebhookResponse(SuccessResponse):
    webhook = WebhookItem()


@example({"success": True, "webhook": HOOK, "secret": "whsec_…"})
class NewWebhookResponse(WebhookResponse):
    secret = serializers.CharField()


@example({"success": True, "deliveries": [DELIVERY]})
class DeliveriesResponse(SuccessResponse):
    deliveries = DeliveryItem(many=True)


@example({"success": True, "delivery": {**DELIVERY, "state": "pending", "attempts": 0}})
class DeliveryResponse(SuccessResponse):
    delivery = DeliveryItem()
