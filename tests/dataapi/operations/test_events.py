"""The request for the events of a database."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

import engine
from dataapi.operations.events import EVENTS, EventsRequest, EventsTarget
from engine.events import Token
from tests.dataapi.operations.support import errors_of

DAMAGED = "since must be a token that an answer gave as next."
WAIT = "wait must be a whole number from 0 to 20"
LIMIT = "limit must be a whole number from 1 to 1000"


def test_without_parameters_it_waits_a_second_for_a_hundred_events() -> None:
    request = EventsRequest.parse({"database_id": "d"})
    assert (request.collection_name, request.since, request.wait, request.limit) == ("", None, 1, 100)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("", None),
        ("1-0-", Token(1, 0)),
        ("65000000-2-", Token(0x65000000, 2)),
        ("ff-a-82AB", Token(255, 10, "82AB")),
        ("ff-a-" + "F" * 2000, Token(255, 10, "F" * 2000)),
    ],
)
def test_a_token_is_parsed(text: str, token: Token | None) -> None:
    assert EventsRequest.parse({"database_id": "d", "since": text}).since == token


@pytest.mark.parametrize(
    "text", ["x", "1", "1-0", "FF-0-", "1-0-ab", "-1-0-", "123456789-0-", "1-0-\n", "１-0-", "1-0-" + "F" * 2001]
)
def test_a_damaged_token_is_refused(text: str) -> None:
    assert errors_of(EventsRequest, {"database_id": "d", "since": text}) == [("since", DAMAGED)]


def test_a_token_of_the_future_conflicts_with_what_is_stored() -> None:
    with pytest.raises(engine.Conflict) as refused:
        EventsRequest.parse({"database_id": "d", "since": "ffffffff-0-"})
    text = "`since` lies in the future, no answer had such a token: read the collections, then listen from now on."
    assert (refused.value.message, refused.value.errors) == (text, ())


@pytest.mark.parametrize(
    ("parameters", "errors"),
    [
        ({}, [("database_id", "database_id is required")]),
        ({"database_id": "d", "wait": "21"}, [("wait", WAIT)]),
        ({"database_id": "d", "wait": "-1"}, [("wait", WAIT)]),
        ({"database_id": "d", "wait": "0.5"}, [("wait", WAIT)]),
        ({"database_id": "d", "limit": "0"}, [("limit", LIMIT)]),
        ({"database_id": "d", "limit": "1001"}, [("limit", LIMIT)]),
        (
            {"database_id": "d", "wait": "", "limit": "", "since": "x"},
            [("since", DAMAGED), ("wait", WAIT), ("limit", LIMIT)],
        ),
        ({"database_id": "d", "dry_run": "true"}, [("dry_run", "Unknown parameter dry_run.")]),
    ],
)
def test_every_error_is_reported(parameters: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of(EventsRequest, parameters) == errors


@pytest.mark.parametrize(("wait", "limit"), [("0", "1"), ("20", "1000")])
def test_the_limits_are_accepted(wait: str, limit: str) -> None:
    request = EventsRequest.parse({"database_id": "d", "wait": wait, "limit": limit})
    assert (request.wait, request.limit) == (int(wait), int(limit))


@pytest.mark.parametrize(
    ("query", "last_event_id", "since"),
    [
        ("database_id=d", "", None),
        ("database_id=d&since=1-0-", "", Token(1, 0)),
        ("database_id=d&since=1-0-", "2-0-", Token(2, 0)),
        ("database_id=d&since=damaged", "2-0-", Token(2, 0)),
    ],
)
def test_the_last_event_id_replaces_since(query: str, last_event_id: str, since: Token | None) -> None:
    target = EventsTarget.of_stream(QueryDict(query), last_event_id=last_event_id)
    assert (target.database_id, target.since) == ("d", since)


def test_the_operation_describes_since_as_text() -> None:
    schemas = {item["name"]: item["schema"] for item in EVENTS.as_dict()["parameters"]}
    assert schemas["since"] == {"type": "string"}
    assert schemas["wait"] == {"type": "integer", "minimum": 0, "maximum": 20, "default": 1}
