"""Webhooks: made, listed, deleted, looked into and replayed."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import features.webhooks.services
from management.views import ManagementView
from web.parameters import Parameters


@extend_schema(exclude=True)
class Webhooks(ManagementView):
    def get(self, request: Request) -> Response:
        given = Parameters(request.query_params)
        database_id = given.text("database_id")
        given.check()
        return Response(
            {"success": True, "webhooks": features.webhooks.services.list_all(request.user, database_id)}
        )

    def post(self, request: Request) -> Response:
        given = Parameters(request.data)
        database_id, collection = given.text("database_id"), given.text("collection_name")
        given.reject_unknown("database_id", "collection_name", "url", "events")
        given.check()
        found, secret = features.webhooks.services.create(
            request.user,
            database_id,
            collection=collection,
            url=request.data.get("url"),
            events=request.data.get("events"),
        )
        return Response({"success": True, "webhook": found, "secret": secret}, status=201)

    def patch(self, request: Request) -> Response:
        given = Parameters(request.data)
        database_id, webhook_id = given.text("database_id"), given.text("webhook_id")
        active = given.boolean("active")
        given.reject_unknown("database_id", "webhook_id", "active")
        given.check()
        found = features.webhooks.services.switch(request.user, database_id, webhook_id, active=active)
        return Response({"success": True, "webhook": found})

    def delete(self, request: Request) -> Response:
        given = Parameters(request.data)
        database_id, webhook_id = given.text("database_id"), given.text("webhook_id")
        given.check()
        features.webhooks.services.delete(request.user, database_id, webhook_id)
        return Response({"success": True})


@extend_schema(exclude=True)
class WebhookLog(ManagementView):
    def get(self, request: Request) -> Response:
        given = Parameters(request.query_params)
        database_id, webhook_id = given.text("database_id"), given.text("webhook_id")
        state = given.text("state", default="")
        given.check()
        found = features.webhooks.services.log(request.user, database_id, webhook_id, state=state)
        return Response({"success": True, "deliveries": found})


@extend_schema(exclude=True)
class WebhookReplay(ManagementView):
    def post(self, request: Request) -> Response:
        given = Parameters(request.data)
        names = [given.text(name) for name in ("database_id", "webhook_id", "delivery_id")]
        given.check()
        found = features.webhooks.services.replay(request.user, *names)
        return Response({"success": True, "delivery": found}, status=202)
