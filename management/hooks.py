"""The views of webhooks: create, list, switch, delete and replay them, and read their log."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import features.webhooks.services
from management.views.base import ManagementView
from web.requests.parameters import Parameters


@extend_schema(exclude=True)
class WebhooksView(ManagementView):
    def get(self, request: Request) -> Response:
        params = Parameters(request.query_params)
        database_id = params.text("database_id")
        params.check()
        return Response(
            {"success": True, "webhooks": features.webhooks.services.list_all(request.user, database_id)}
        )

    def post(self, request: Request) -> Response:
        params = Parameters(request.data)
        database_id, collection = params.text("database_id"), params.text("collection_name")
        params.reject_unknown("database_id", "collection_name", "url", "events")
        params.check()
        webhook, secret = features.webhooks.services.create(
            request.user,
            database_id,
            collection=collection,
            url=request.data.get("url"),
            events=request.data.get("events"),
        )
        return Response({"success": True, "webhook": webhook, "secret": secret}, status=201)

    def patch(self, request: Request) -> Response:
        params = Parameters(request.data)
        database_id, webhook_id = params.text("database_id"), params.text("webhook_id")
        active = params.boolean("active")
        params.reject_unknown("database_id", "webhook_id", "active")
        params.check()
        webhook = features.webhooks.services.switch(request.user, database_id, webhook_id, active=active)
        return Response({"success": True, "webhook": webhook})

    def delete(self, request: Request) -> Response:
        params = Parameters(request.data)
        database_id, webhook_id = params.text("database_id"), params.text("webhook_id")
        params.check()
        features.webhooks.services.delete(request.user, database_id, webhook_id)
        return Response({"success": True})


@extend_schema(exclude=True)
class WebhookLog(ManagementView):
    def get(self, request: Request) -> Response:
        params = Parameters(request.query_params)
        database_id, webhook_id = params.text("database_id"), params.text("webhook_id")
        state = params.text("state", default="")
        params.check()
        deliveries = features.webhooks.services.log(request.user, database_id, webhook_id, state=state)
        return Response({"success": True, "deliveries": deliveries})


@extend_schema(exclude=True)
class WebhookReplay(ManagementView):
    def post(self, request: Request) -> Response:
        params = Parameters(request.data)
        ids = [params.text(member) for member in ("database_id", "webhook_id", "delivery_id")]
        params.check()
        delivery = features.webhooks.services.replay(request.user, *ids)
        return Response({"success": True, "delivery": delivery}, status=202)
