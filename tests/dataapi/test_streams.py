"""The events of a database as a stream sends them, and the requests for a stream that are refused."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId
from django.http import QueryDict

import engine
from dataapi.streams import EventsSource, events
from engine.events import Token
from engine.handles import ChangeEvent
from web.streams.request import StreamRequest
from web.streams.source import Access

TOKEN = Token(255, 2, "82AB")
CHANGE = ChangeEvent(
    TOKEN, "users", "update", ObjectId("6560a1c2d3e4f5a6b7c8d9e0"), 2, "k1", datetime(2026, 11, 20)
)


def source(query: str, *, authorization: str | None = None, last_event_id: str = "") -> EventsSource:
    return EventsSource(StreamRequest(QueryDict(query), authorization, last_event_id))


@pytest.mark.parametrize(
    ("query", "last_event_id", "since"),
    [
        ("database_id=d", "", None),
        ("database_id=d&since=", "", None),
        ("database_id=d&since=ff-2-82AB", "", TOKEN),
        ("database_id=d", "ff-2-82AB", TOKEN),
        ("database_id=d&since=1-1-", "ff-2-82AB", TOKEN),
        ("database_id=d&since=damaged", "ff-2-82AB", TOKEN),
    ],
)
def test_a_stream_resumes_after_the_last_event(query: str, last_event_id: str, since: Token | None) -> None:
    assert source(query, last_event_id=last_event_id).since == since


@pytest.mark.parametrize(
    ("query", "last_event_id", "error"),
    [
        ("", "", ("database_id", "database_id is required")),
        ("database_id=d&since=x", "", ("since", "since must be a token that an answer gave as next.")),
        ("database_id=d", "x", ("since", "since must be a token that an answer gave as next.")),
    ],
)
def test_a_request_that_is_not_valid_is_refused(query: str, last_event_id: str, error: tuple[str, str]) -> None:
    with pytest.raises(engine.Invalid) as refused:
        source(query, last_event_id=last_event_id)
    assert [(item.field, item.message) for item in refused.value.errors] == [error]


def test_the_same_caller_and_target_share_a_channel() -> None:
    key = source("database_id=d&collection_name=users", authorization="Bearer a").key
    assert source("collection_name=users&database_id=d", authorization="Bearer a", last_event_id="1-1-").key == key
    assert source("database_id=d&collection_name=users", authorization="Bearer b").key != key
    assert source("database_id=d&collection_name=users").key != key
    assert source("database_id=e&collection_name=users", authorization="Bearer a").key != key
    assert source("database_id=d", authorization="Bearer a").key != key


@pytest.mark.parametrize(
    ("authorization", "text"),
    [
        (None, "Authentication credentials were not provided."),
        (" ", "Authentication credentials were not provided."),
        ("Basic eA==", "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."),
        ("Bearer a b", "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."),
    ],
)
def test_a_stream_needs_credentials(authorization: str | None, text: str) -> None:
    with pytest.raises(engine.Unauthenticated) as refused:
        source("database_id=d", authorization=authorization).authorize()
    assert refused.value.message == text


def test_the_events_of_a_stream() -> None:
    stream, access = source("database_id=d"), Access()
    ready, gap = stream.ready(access, position=TOKEN), stream.gap(TOKEN)
    change = stream.change(CHANGE, access=access)
    assert [(event.name, event.id, event.last) for event in (ready, change, gap)] == [
        ("ready", "ff-2-82AB", False),
        ("change", "ff-2-82AB", False),
        ("gap", "", False),
    ]
    assert json.loads(ready.data) == json.loads(gap.data) == {"next": "ff-2-82AB"}
    assert json.loads(change.data) == {
        "collection": "users",
        "operation": "update",
        "document_id": "6560a1c2d3e4f5a6b7c8d9e0",
        "version": 2,
        "actor": "k1",
        "at": "2026-11-20T00:00:00.000Z",
        "token": "ff-2-82AB",
    }


def test_a_refused_stream_has_the_error_body_of_this_surface() -> None:
    body: dict[str, Any] = {"success": False, "message": "None.", "errors": []}
    assert events.envelope(engine.NotFound("None.")) == body
    assert events.always is False
