"""Tokens of a change stream, and the events that its entries stand for."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from bson import ObjectId, Timestamp

from engine.errors import Conflict, FieldError, Invalid
from engine.events import event as module
from engine.events.event import Moved, RawChange, Token, event_of

ID, MESSAGE = ObjectId("5f" * 12), ObjectId("60" * 12)
AT, CREATED = datetime(2024, 2, 29, 12), datetime(2024, 1, 1)
TOKEN = Token(1_700_000_000, 7, "8265AB")
STAMPS = {"version": 3, "created": CREATED, "created_by": "ann", "updated": AT, "updated_by": "bob"}


def entry(operation: str, *, collection: str = "c1", **more: Any) -> dict[str, Any]:
    return {
        "_id": {"_data": TOKEN.mark},
        "clusterTime": Timestamp(TOKEN.seconds, TOKEN.increment),
        "ns": {"db": "db", "coll": collection},
        "operationType": operation,
        "documentKey": {"_id": ID},
        **more,
    }


def change(operation: str, **more: Any) -> RawChange:
    values = {"version": 3, "actor": "bob", "at": AT, "maker": "ann", **more}
    return RawChange(token=TOKEN, database="db", collection="c1", operation=operation, document_id=ID, **values)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("0-0-", Token(0, 0)),
        ("6553f100-7-8265AB", TOKEN),
        ("000000ff-0000000a-", Token(255, 10)),
        ("1-ffffffff-" + "A" * 2000, Token(1, 2**32 - 1, "A" * 2000)),
    ],
)
def test_a_token_is_parsed(text: str, token: Token) -> None:
    assert Token.parse(text) == token
    assert Token.parse(str(token)) == token


@pytest.mark.parametrize(
    "text",
    ["", "1", "1-2", "1-2-a", "1-2-g", "A-2-", "-1-2-", "1-2-\n", " 1-2-", "١-2-", "123456789-0-", "1-123456789-"]
    + ["1-2-" + "A" * 2001, "1-2--", "0x1-2-"],
)
def test_another_form_is_no_token(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Token.parse(text)
    assert caught.value.errors == (FieldError("since", "since must be a token that an answer gave as next."),)


def test_a_token_may_be_ahead_as_far_as_clocks_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: 1000.0))
    assert Token.parse(str(Token(1300, 0))) == Token(1300, 0)
    with pytest.raises(Conflict, match=r"^`since` lies in the future, no answer had such a token"):
        Token.parse(str(Token(1301, 0)))


def test_tokens_are_ordered_by_time_then_increment_then_mark() -> None:
    tokens = [Token(1, 2), Token(1, 2, "81"), Token(1, 2, "82"), Token(1, 3), Token(2, 0)]
    assert sorted([*tokens[2:], *tokens[:2]]) == tokens
    assert str(TOKEN) == "6553f100-7-8265AB"
    assert Token.after(Timestamp(5, 6)) == Token(5, 7)
    assert TOKEN.timestamp == Timestamp(1_700_000_000, 7)
    assert Token.of(entry("insert")) == TOKEN


DOCUMENT = {"_id": ID, "title": "é", "_sys": STAMPS}
CHANGED = {"_sys.version": 3, "_sys.updated": AT, "title": "é"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (entry("insert", fullDocument=DOCUMENT), change("insert")),
        (entry("insert", fullDocument=DOCUMENT, txnNumber=1), change("insert")),
        (entry("replace", fullDocument=DOCUMENT), change("update")),
        (entry("replace", fullDocument=DOCUMENT, txnNumber=1), change("update", is_duplicate=True)),
        (
            entry("update", updateDescription={"updatedFields": CHANGED}, fullDocument=DOCUMENT),
            change("update"),
        ),
        (
            entry("update", updateDescription={"updatedFields": CHANGED | {"_sys.updated_by": "cy"}}),
            change("update", actor="cy", maker=None),
        ),
        (
            entry(
                "update", updateDescription={"updatedFields": CHANGED | {"_sys.version": 2}}, fullDocument=DOCUMENT
            ),
            change("update", version=2, actor=None),
        ),
        (
            entry("delete"),
            change("delete", version=None, actor=None, at=datetime(2023, 11, 14, 22, 13, 20), maker=None),
        ),
    ],
)
def test_an_entry_of_a_document_is_an_event(raw: dict[str, Any], expected: RawChange) -> None:
    assert event_of(raw) == expected


def test_only_an_inserted_document_is_part_of_its_event() -> None:
    inserted, replaced = (event_of(entry(name, fullDocument=DOCUMENT)) for name in ("insert", "replace"))
    assert inserted
    assert replaced
    assert (inserted.document, replaced.document) == (DOCUMENT, None)


@pytest.mark.parametrize(("operation", "number"), [("update", 4), ("delete", 3)])
def test_a_version_reports_what_superseded_it(operation: str, number: int) -> None:
    version = {"_id": MESSAGE, "doc": ID, "version": 3, "op": operation, "by": "cy", "to": AT, "state": DOCUMENT}
    raw = entry("insert", collection="c1.versions", fullDocument=version)
    assert event_of(raw) == change(operation, version=number, actor="cy")
    assert event_of(raw | {"operationType": "delete"}) is None


def test_a_message_is_reported_when_it_is_published() -> None:
    message = {"_id": MESSAGE, "channel": "news", "data": 1, "by": "ann", "at": AT}
    event = event_of(entry("insert", collection="_published", fullDocument=message))
    assert event == RawChange(TOKEN, "db", "_published", "publish", MESSAGE, None, "ann", AT)
    assert event.document == message
    assert event_of(entry("delete", collection="_published")) is None


@pytest.mark.parametrize(
    "raw",
    [
        {},
        entry("drop"),
        entry("insert") | {"ns": {"db": "db"}},
        entry("insert") | {"documentKey": {}},
        entry("insert", fullDocument={"_id": ID, "_sys": "text"}),
        entry("update", updateDescription=None),
        entry("insert", collection="c1.versions", fullDocument={"op": "update"}),
        entry("insert", collection="_published"),
    ],
)
def test_an_entry_that_the_engine_has_not_written_is_no_event(raw: dict[str, Any]) -> None:
    assert event_of(raw) is None


def test_a_token_continues_after_a_move_if_nothing_is_missing() -> None:
    moved = Moved(left=Token(5, 1, "82AB"), since=Token(7, 1))
    assert Moved.parse(str(moved)) == moved
    assert Moved.parse("") is None
    for token, position in (
        (Token(5, 1, "82AB"), Token(7, 1)),
        (Token(6, 1), Token(7, 1)),
        (Token(8, 1), Token(8, 1)),
    ):
        assert moved.position(token) == position
    with pytest.raises(Conflict, match="moved to another cluster"):
        moved.position(Token(5, 1))
