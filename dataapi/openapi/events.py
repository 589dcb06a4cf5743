"""The operations of events in the OpenAPI document."""

from __future__ import annotations

from web.openapi import TEXT, Operation, listing, members

_EVENT = {
    "collection": "users",
    "operation": "update",
    "document_id": "6560a1c2d3e4f5a6b7c8d9e0",
    "version": 2,
    "actor": "k1",
    "at": "2026-11-20T11:00:00Z",
    "token": "6b00dff4-2-826B00DFF4000000022B0429296E1404",
}
_WAIT = {"type": "integer", "minimum": 0, "maximum": 20, "default": 1}

OPERATIONS = (
    Operation(
        path="/api/events",
        verb="get",
        id="events",
        tag="Events API",
        summary="Events",
        description="The documents that were inserted, updated and deleted in a database since a token. Without "
        "`since` the response holds only the current token. With `Accept: text/event-stream` the events are sent "
        "as server-sent events: `ready`, then a `change` for each event. Its id, sent back in `Last-Event-ID`, "
        "resumes the stream after it.",
        query=(
            ("database_id", TEXT, True, "The database."),
            ("collection_name", TEXT, False, "Limits the events to one collection."),
            ("since", TEXT, False, "The `next` of an earlier response, or the `token` of an event."),
            ("wait", _WAIT, False, "Seconds to wait for the first event."),
            ("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, False, "Events at most."),
        ),
        answers={
            "200": (
                members({"success": {"type": "boolean"}, "events": listing({"type": "object"}), "next": TEXT}),
                {"success": True, "events": [_EVENT], "next": _EVENT["token"]},
            )
        },
    ),
)
