"""The parsers of /api/events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

import engine
from engine.events import Token
from web.requests.parameters import Parameters


@dataclass(frozen=True)
class EventsRequest:
    """The events to read; without `since` only those from now on. `wait` is in seconds."""

    database_id: str
    collection: str
    since: Token | None
    limit: int = 0
    wait: int = 0


def poll(values: Mapping[str, Any]) -> EventsRequest:
    """Parse the query of a long poll."""
    params = Parameters(values)
    target = _subscription(params, values, since=values.get("since", ""))
    limit = params.integer("limit", default=100, max_value=settings.MAX_PAGE_SIZE)
    wait = params.integer("wait", default=1, min_value=0, max_value=settings.MAX_WAIT_SECONDS)
    params.check()
    return EventsRequest(**target, limit=limit, wait=wait)


def stream(values: Mapping[str, Any], *, last_event_id: str) -> EventsRequest:
    """Parse the query of an event stream.

    The `Last-Event-ID` of a reconnecting client takes precedence over `since`.
    """
    params = Parameters(values)
    target = _subscription(params, values, since=last_event_id or values.get("since", ""))
    params.check()
    return EventsRequest(**target)


def _subscription(params: Parameters, values: Mapping[str, Any], *, since: str) -> dict[str, Any]:
    token = None
    try:
        token = Token.parse(since) if since else None
    except engine.Invalid as error:
        params.add_error("since", error.message)
    collection = params.text("collection_name") if values.get("collection_name") else ""
    return {"database_id": params.text("database_id"), "collection": collection, "since": token}
