"""The views of webhooks: create, list, switch, delete and replay them, and read their log."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

import features.webhooks.services
from management.declarations import operation
from management.serializers import hooks as shapes
from management.serializers.fields import DatabaseQuery
from management.serializers.responses import SuccessResponse
from management.views.base import ManagementView


class WebhooksView(ManagementView):
    @operation(
        "list_webhooks",
        summary="List Webhooks",
        description="The webhooks of a database. All routes of webhooks need the permissions `design` and `read`.",
        query=DatabaseQuery,
        answers={200: shapes.WebhooksResponse},
    )
    def get(self, request: Request, *, database_id: str) -> Response:
        webhooks = features.webhooks.services.list_all(self.principal, database_id)
        return Response({"success": True, "webhooks": webhooks})

    @operation(
        "create_webhook",
        summary="Create a Webhook",
        description="Posts the events of a collection to an address from now on. Only this response contains the "
        "secret that signs the deliveries.",
        body=shapes.CreateWebhookRequest,
        answers={201: shapes.NewWebhookResponse},
    )
    def post(
        self, request: Request, *, database_id: str, collection_name: str, url: Any = None, events: Any = None
    ) -> Response:
        webhook, secret = features.webhooks.services.create(
            self.principal, database_id, collection=collection_name, url=url, events=events
        )
        return Response({"success": True, "webhook": webhook, "secret": secret}, status=201)

    @operation(
        "switch_webhook",
        summary="Switch a Webhook on or off",
        description="While a webhook is off, events are not recorded for it, and pending deliveries wait. The "
        "service switches a webhook off after WEBHOOK_MAX_FAILURES deliveries in a row have failed for good.",
        body=shapes.SwitchWebhookRequest,
        answers={200: shapes.WebhookResponse},
    )
    def patch(self, request: Request, *, database_id: str, webhook_id: str, active: bool) -> Response:
        webhook = features.webhooks.services.switch(self.principal, database_id, webhook_id, active=active)
        return Response({"success": True, "webhook": webhook})

    @operation(
        "delete_webhook",
        summary="Delete a Webhook",
        description="Deletes a webhook and its log.",
        body=shapes.WebhookRequest,
        answers={200: SuccessResponse},
    )
    def delete(self, request: Request, *, database_id: str, webhook_id: str) -> Response:
        features.webhooks.services.delete(self.principal, database_id, webhook_id)
        return Response({"success": True})


class WebhookLog(ManagementView):
    @operation(
        "webhook_log",
        summary="Log of a Webhook",
        description="The latest 100 deliveries, newest first.",
        query=shapes.WebhookLogQuery,
        answers={200: shapes.DeliveriesResponse},
    )
    def get(self, request: Request, *, database_id: str, webhook_id: str, state: str) -> Response:
        deliveries = features.webhooks.services.log(self.principal, database_id, webhook_id, state=state)
        return Response({"success": True, "deliveries": deliveries})


class WebhookReplay(ManagementView):
    @operation(
        "replay_delivery",
        summary="Replay a Delivery",
        description="Delivers an event again, from the first attempt.",
        body=shapes.ReplayRequest,
        answers={202: shapes.DeliveryResponse},
    )
    def post(self, request: Request, *, database_id: str, webhook_id: str, delivery_id: str) -> Response:
        delivery = features.webhooks.services.replay(self.principal, database_id, webhook_id, delivery_id)
        return Response({"success": True, "delivery": delivery}, status=202)
