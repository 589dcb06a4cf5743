"""The live stream of a database page: its credentials and its events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from bson import ObjectId
from django.http import QueryDict

import engine
from dashboard.database import streams
from dashboard.database.streams import ActivityAccess, ActivitySource
from engine.events import Token
from engine.handles import ChangeEvent
from web.streams.request import StreamRequest

ID = ObjectId("507f1f77bcf86cd799439011")
AT = datetime(2026, 1, 31, 12, 0, 0, 5000, tzinfo=UTC)


def access() -> ActivityAccess:
    store: Any = None
    return ActivityAccess(database=engine.Database(store, "d1", "cinema", "p1", "u1", engine.ALL_ACTIONS, {}))


def source_of(query: str = "", cookies: Mapping[str, str] | None = None) -> ActivitySource:
    return ActivitySource(StreamRequest(QueryDict(query), None, "", cookies=cookies or {}))


def event_of(*, actor: str | None = "u1", version: int | None = 2, increment: int = 1) -> ChangeEvent:
    return ChangeEvent(Token(10, increment), "films", "update", ID, version, actor, AT)


@pytest.mark.parametrize("cookies", [{}, {"datacube_session": ""}, {"sessionid": "x"}])
def test_a_browser_without_a_session_is_refused(cookies: Mapping[str, str]) -> None:
    with pytest.raises(engine.Unauthenticated) as caught:
        streams.principal_of_cookies(cookies)
    assert caught.value.message == "Your session has ended. Sign in again."


@pytest.mark.parametrize("query", ["", "database_id=", "other=d1"])
def test_a_stream_needs_the_id_of_a_database(query: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        source_of(query).authorize()
    assert [item.field for item in caught.value.errors] == ["database_id"]


def test_a_stream_needs_a_session() -> None:
    with pytest.raises(engine.Unauthenticated):
        source_of("database_id=d1").authorize()


def test_the_first_event_is_empty() -> None:
    event = source_of().ready(access(), position=None)
    assert (event.name, event.data, event.id, event.last) == ("ready", b"{}", "", False)


def test_streams_share_no_channel() -> None:
    assert source_of().key != source_of().key


def test_events_beyond_the_queue_are_dropped_and_the_latest_stay() -> None:
    source = source_of()
    for increment in range(501):
        assert source.change(event_of(increment=increment), access=access()) is None
    assert [event.token.increment for event in source._changes] == [*range(1, 501)]


@pytest.mark.parametrize(("actor", "name"), [("u1", "ann@example.com"), ("k9", "k9"), ("", ""), (None, "")])
def test_a_change_names_its_actor_or_else_the_id(actor: str | None, name: str) -> None:
    assert streams._change(event_of(actor=actor), {"u1": "ann@example.com"}) == {
        "at": "2026-01-31T12:00:00.005Z",
        "title": "update in films",
        "operation": "update",
        "collection": "films",
        "document_id": "507f1f77bcf86cd799439011",
        "detail": "507f1f77bcf86cd799439011",
        "version": 2,
        "actor": name,
    }


def test_a_change_is_reported_in_utc() -> None:
    event = ChangeEvent(Token(1, 1), "a", "delete", ID, None, None, AT.astimezone(timezone(timedelta(hours=2))))
    change = streams._change(event, {})
    assert (change["at"], change["version"]) == ("2026-01-31T12:00:00.005Z", None)


@pytest.mark.parametrize(("milliseconds", "rounded"), [(0, 0), (1.26, 1.3), (1234.04, 1234.0)])
def test_a_request_has_its_route_status_and_time(milliseconds: float, rounded: float) -> None:
    entry = SimpleNamespace(at=0.25, method="GET", route="/api/crud", status=404, ms=milliseconds, actor="k1")
    assert streams._request(entry, {"k1": "key “tests”"}) == {
        "at": "1970-01-01T00:00:00.250Z",
        "title": "GET /api/crud",
        "status": 404,
        "ms": rounded,
        "actor": "key “tests”",
    }


def test_an_error_is_sent_as_its_message() -> None:
    assert json.dumps(streams._envelope(engine.NotFound("Gone."))) == '{"message": "Gone."}'
