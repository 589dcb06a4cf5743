"""The operations of webhooks in the OpenAPI document."""

from __future__ import annotations

from management.openapi.shapes import ID, TAG, YES
from web.openapi import TEXT, Operation, listing, members

_HOOK_ID = "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"
_EVENTS = listing({"type": "string", "enum": ["insert", "update", "delete"]})
_HOOK = members(
    {"id": TEXT, "collection": TEXT, "events": _EVENTS, "url": TEXT, "active": {"type": "boolean"}, "message": TEXT}
)
_A_HOOK = {
    "id": _HOOK_ID,
    "collection": "orders",
    "events": ["insert"],
    "url": "https://example.com/hook",
    "active": True,
    "message": "",
}
_DELIVERY = members(
    {"id": TEXT, "event": TEXT, "document_id": TEXT, "state": TEXT, "attempts": {"type": "integer"}}
)
_A_DELIVERY = {"id": _HOOK_ID, "event": "insert", "document_id": ID, "state": "delivered", "attempts": 1}
_DATABASE = ("database_id", TEXT, True, "The database's id.")

OPERATIONS = (
    Operation(
        path="/api/webhooks",
        verb="get",
        id="list_webhooks",
        tag=TAG,
        summary="List Webhooks",
        description="The webhooks of a database. All routes of webhooks need the permissions `design` and `read`.",
        query=(_DATABASE,),
        answers={
            "200": (
                members({"success": YES, "webhooks": listing(_HOOK)}),
                {"success": True, "webhooks": [_A_HOOK]},
            )
        },
    ),
    Operation(
        path="/api/webhooks",
        verb="post",
        id="create_webhook",
        tag=TAG,
        summary="Create a Webhook",
        description="Posts the events of a collection to an address from now on. Only this response contains the "
        "secret that signs the deliveries.",
        body=(
            members({"database_id": TEXT, "collection_name": TEXT, "url": TEXT}, {"events": _EVENTS}),
            {
                "database_id": ID,
                "collection_name": "orders",
                "url": "https://example.com/hook",
                "events": ["insert"],
            },
        ),
        answers={
            "201": (
                members({"success": YES, "webhook": _HOOK, "secret": TEXT}),
                {"success": True, "webhook": _A_HOOK, "secret": "whsec_…"},
            )
        },
    ),
    Operation(
        path="/api/webhooks",
        verb="patch",
        id="switch_webhook",
        tag=TAG,
        summary="Switch a Webhook on or off",
        description="While a webhook is off, events are not recorded for it, and pending deliveries wait. The "
        "service switches a webhook off after WEBHOOK_MAX_FAILURES deliveries in a row have failed for good.",
        body=(
            members({"database_id": TEXT, "webhook_id": TEXT, "active": {"type": "boolean"}}),
            {"database_id": ID, "webhook_id": _HOOK_ID, "active": True},
        ),
        answers={"200": (members({"success": YES, "webhook": _HOOK}), {"success": True, "webhook": _A_HOOK})},
    ),
    Operation(
        path="/api/webhooks",
        verb="delete",
        id="delete_webhook",
        tag=TAG,
        summary="Delete a Webhook",
        description="Deletes a webhook and its log.",
        body=(
            members({"database_id": TEXT, "webhook_id": TEXT}),
            {"database_id": ID, "webhook_id": _HOOK_ID},
        ),
        answers={"200": (members({"success": YES}), {"success": True})},
    ),
    Operation(
        path="/api/webhooks/log",
        verb="get",
        id="webhook_log",
        tag=TAG,
        summary="Log of a Webhook",
        description="The latest 100 deliveries, newest first.",
        query=(
            _DATABASE,
            ("webhook_id", TEXT, True, "The webhook's id."),
            ("state", {"enum": ["pending", "delivered", "dead"]}, False, "Only deliveries in this state."),
        ),
        answers={
            "200": (
                members({"success": YES, "deliveries": listing(_DELIVERY)}),
                {"success": True, "deliveries": [_A_DELIVERY]},
            )
        },
    ),
    Operation(
        path="/api/webhooks/replay",
        verb="post",
        id="replay_delivery",
        tag=TAG,
        summary="Replay a Delivery",
        description="Delivers an event again, from the first attempt.",
        body=(
            members({"database_id": TEXT, "webhook_id": TEXT, "delivery_id": TEXT}),
            {"database_id": ID, "webhook_id": _HOOK_ID, "delivery_id": _HOOK_ID},
        ),
        answers={
            "202": (
                members({"success": YES, "delivery": _DELIVERY}),
                {"success": True, "delivery": {**_A_DELIVERY, "state": "pending", "attempts": 0}},
            )
        },
    ),
)
