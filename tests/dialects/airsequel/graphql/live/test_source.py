"""When a subscription reads its answer again, and when it sends it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

import engine
from accounts.principal import PersonPrincipal
from catalog.services.access import open_database
from catalog.services.creation import create_database
from dialects.airsequel.graphql.execution import GraphOperation
from dialects.airsequel.graphql.live import source
from dialects.airsequel.graphql.live.source import LiveAccess, LiveQuery
from dialects.airsequel.graphql.live.target import GraphAccess, GraphTarget
from dialects.airsequel.graphql.schema.cache import schema_of
from engine.events import Token
from engine.handles import ChangeEvent

NOTES = "subscription { notes(order_by: [{text: ASC}]) { text } }"


@dataclass(frozen=True)
class OwnersTarget(GraphTarget):
    """A database opened for its owner, without a token."""

    owner: PersonPrincipal | None = None

    def open(self) -> GraphAccess:
        assert self.owner is not None
        database = open_database(self.owner, self.database)
        return GraphAccess(self.owner, database, schema_of(database, extended=True))


@pytest.fixture
def target(owner: PersonPrincipal) -> OwnersTarget:
    fields = [{"name": "text"}]
    collections = [{"name": name, "fields": fields} for name in ("notes", "others")]
    database, _ = create_database(owner, name="first", collections=collections)
    return OwnersTarget("", database.id, owner)


def insert(target: OwnersTarget, text: str) -> None:
    target.open().database.collection("notes").insert([{"text": text}])


def change_of(collection: str) -> ChangeEvent:
    return ChangeEvent(Token(1, 2), collection, "insert", ObjectId(), 1, "k1", datetime(2026, 1, 1))


def texts(access: LiveAccess) -> list[str]:
    return [row["text"] for row in json.loads(access.answer)["data"]["notes"]]


def test_the_answer_is_read_again_after_a_change_of_its_tables(target: OwnersTarget) -> None:
    query = LiveQuery(target, lambda: GraphOperation(NOTES))
    insert(target, "a")
    access = query.authorize()
    first = query.ready(access, position=None)
    assert (first.name, first.data) == ("next", access.answer)
    insert(target, "b")
    assert texts(query.authorize()) == ["a", "b"]  # the first answer precedes the feed
    insert(target, "c")
    assert query.change(change_of("others"), access=access) is None
    assert texts(query.authorize()) == ["a", "b"]
    assert query.change(change_of("notes"), access=access) is None
    assert texts(query.authorize()) == ["a", "b", "c"]


def test_an_answer_is_sent_once(target: OwnersTarget) -> None:
    query = LiveQuery(target, lambda: GraphOperation(NOTES))
    access = query.authorize()
    query.ready(access, position=None)
    assert query.poll(access) == []
    changed = replace(access, answer=b'{"data":{}}')
    assert [event.data for event in query.poll(changed)] == [b'{"data":{}}']
    assert query.poll(changed) == []
    assert [event.data for event in query.poll(access)] == [access.answer]


def test_each_subscription_has_a_channel_of_its_own(target: OwnersTarget) -> None:
    one, other = (LiveQuery(target, lambda: GraphOperation(NOTES)) for _ in range(2))
    assert one.key != other.key


@pytest.mark.parametrize(
    "query",
    [
        "{ notes { text } }",
        "subscription {",
        "subscription { nothing }",
        "mutation { insert_notes { affected_rows } }",
    ],
)
def test_what_is_no_subscription_is_refused(target: OwnersTarget, query: str) -> None:
    with pytest.raises(engine.Invalid):
        LiveQuery(target, lambda: GraphOperation(query)).authorize()


def test_an_operation_that_becomes_invalid_is_answered_with_its_errors(target: OwnersTarget) -> None:
    operation = [NOTES, "subscription { notes { gone } }"]
    query = LiveQuery(target, lambda: GraphOperation(operation[0]))
    query.authorize()
    operation.pop(0)
    answer = json.loads(query.authorize().answer)
    assert answer == {"errors": [{"message": "Cannot query field 'gone' on type 'notes_row'."}]}


def test_a_failed_read_is_repeated(target: OwnersTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    query = LiveQuery(target, lambda: GraphOperation(NOTES))
    query.authorize()
    query.authorize()

    def fail(*_: Any) -> bytes:
        raise engine.Unavailable("away")

    insert(target, "a")
    query.change(change_of("notes"), access=query.authorize())
    with monkeypatch.context() as patched:
        patched.setattr(source, "run_subscription", fail)
        with pytest.raises(engine.Unavailable):
            query.authorize()
    assert texts(query.authorize()) == ["a"]


def test_a_subscription_waits_for_its_turn(target: OwnersTarget, settings: Any) -> None:
    """The first answer waits, and is refused at the limit; a later one keeps the former answer."""
    settings.QUERY_TIMEOUT = 0.01
    query, other = (LiveQuery(target, lambda: GraphOperation(NOTES)) for _ in range(2))
    query.authorize()
    turns = 0
    try:
        while source._EXECUTIONS.acquire(blocking=False):
            turns += 1
        assert turns == 4
        insert(target, "a")
        assert texts(query.authorize()) == []
        with pytest.raises(engine.Unavailable, match="Too many subscriptions"):
            other.authorize()
    finally:
        for _ in range(turns):
            source._EXECUTIONS.release()
    assert texts(query.authorize()) == ["a"]
