"""The operation GET /api/events."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import QueryDict
from pydantic import Field, PlainValidator, WithJsonSchema
from typing_extensions import TypedDict

import engine
from dataapi.operations.shapes import Time
from engine.events import Token
from web.operations import Operation, RequestModel
from web.operations.types import Digits, DocumentId, OptionalText, Success, Text

_TOKEN = "6b00dff4-2-826B00DFF4000000022B0429296E1404"


def _token(value: Any) -> Token | None:
    try:
        return Token.parse(value) if value else None
    except engine.Invalid as error:
        raise ValueError(error.message) from error


class EventsTarget(RequestModel):
    """The events to read; without `since` only those from now on."""

    database_id: Text = Field(description="The database.")
    collection_name: OptionalText = Field(default="", description="Limits the events to one collection.")
    since: Annotated[Token | None, PlainValidator(_token), WithJsonSchema({"type": "string"})] = Field(
        default=None, description="The `next` of an earlier response, or the `token` of an event."
    )

    @classmethod
    def of_stream(cls, query: QueryDict, *, last_event_id: str) -> EventsTarget:
        """Parse the query of a stream. `Last-Event-ID`, which a reconnecting client sends, replaces `since`."""
        return EventsTarget.parse({**query.dict(), **({"since": last_event_id} if last_event_id else {})})


class EventsRequest(EventsTarget):
    """A long poll."""

    wait: Annotated[int, Digits(settings.MAX_WAIT_SECONDS, minimum=0)] = Field(
        default=1, description="Seconds to wait for the first event."
    )
    limit: Annotated[int, Digits(settings.MAX_PAGE_SIZE)] = Field(default=100, description="Events at most.")


class EventObject(TypedDict):
    collection: Annotated[str, Field(examples=["users"])]
    operation: Annotated[str, Field(examples=["update"])]
    document_id: DocumentId
    version: Annotated[int | None, Field(examples=[2])]
    actor: Annotated[str | None, Field(examples=["k1"])]
    at: Annotated[Time, Field(examples=["2026-11-20T11:00:00Z"])]
    token: Annotated[str, Field(examples=[_TOKEN])]


class EventsResponse(TypedDict):
    success: Success
    events: list[EventObject]
    next: Annotated[str, Field(examples=[_TOKEN])]


EVENTS = Operation(
    path="/api/events",
    verb="get",
    id="events",
    tag="Events API",
    summary="Events",
    description="The documents that were inserted, updated and deleted in a database since a token. Without "
    "`since` the response holds only the current token. With `Accept: text/event-stream` the events are sent "
    "as server-sent events: `ready`, then a `change` for each event. Its id, sent back in `Last-Event-ID`, "
    "resumes the stream after it.",
    query=EventsRequest,
    responses={200: EventsResponse},
)
