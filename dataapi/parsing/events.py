"""What /api/events reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

import engine
from web.parameters import Parameters


@dataclass(frozen=True)
class Listening:
    """Where to listen and from when on; without `since`, from now on."""

    database_id: str
    collection: str
    since: engine.Token | None
    limit: int = 0
    wait: int = 0


def poll(values: Mapping[str, Any]) -> Listening:
    """The query of a long poll."""
    given = Parameters(values)
    found = _listening(given, values, since=values.get("since", ""))
    limit = given.integer("limit", default=100, max_value=settings.MAX_PAGE_SIZE)
    wait = given.integer("wait", default=1, min_value=0, max_value=settings.MAX_WAIT_SECONDS)
    given.check()
    return Listening(**found, limit=limit, wait=wait)


def stream(values: Mapping[str, Any], *, last_event_id: str) -> Listening:
    """The query of an event stream; `Last-Event-ID` of a client that comes back says more than `since`."""
    given = Parameters(values)
    found = _listening(given, values, since=last_event_id or values.get("since", ""))
    given.check()
    return Listening(**found)


def _listening(given: Parameters, values: Mapping[str, Any], *, since: str) -> dict[str, Any]:
    token = None
    try:
        token = engine.Token.parse(since) if since else None
    except engine.Invalid as problem:
        given.add_error("since", problem.message)
    collection = given.text("collection_name") if values.get("collection_name") else ""
    return {"database_id": given.text("database_id"), "collection": collection, "since": token}
