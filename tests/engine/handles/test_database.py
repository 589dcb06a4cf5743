"""A database hands out its collections, with the actor and the permissions that it was opened with."""

from typing import Any

import pytest

import engine
from engine.events import ChangeStream
from engine.handles import ChangeFeed
from tests.engine.strategies import refusal


def database_of(store: engine.Store, *allowed: engine.Action) -> engine.Database:
    specs = {"films": engine.CollectionSpec("films", "c1"), "": engine.CollectionSpec("", "c2")}
    return engine.Database(store, "id", "name", "physical", "me", frozenset(allowed), specs)


def test_a_collection_is_bound_as_its_database(store: engine.Store) -> None:
    films = database_of(store, engine.Action.READ).collection("films")
    assert (films.store, films.database, films.spec.physical) == (store, "physical", "c1")
    assert (films.actor, films.allowed) == ("me", {engine.Action.READ})


def test_what_the_catalog_does_not_list_is_not_found(store: engine.Store) -> None:
    for name in ("Films", "c1", "films ", "system.profile", "films.versions"):
        problem = refusal(engine.NotFound, database_of(store, *engine.Action).collection, name)
        assert problem.message == f"The database has no collection {name!r}."


def test_a_permission_is_required(store: engine.Store) -> None:
    database_of(store, engine.Action.READ).require(engine.Action.READ)
    problem = refusal(engine.Forbidden, database_of(store, engine.Action.READ).require, engine.Action.OWN)
    assert problem.message == "This needs the permission 'own'."


@pytest.fixture
def live(store: engine.Store, database: str) -> engine.Database:
    """One whose physical database exists for a test."""
    return engine.Database(store, "id", "name", database, "me", engine.ALL_ACTIONS, {})


def test_a_message_is_told_to_those_who_listen(live: engine.Database, store: engine.Store) -> None:
    change_stream = ChangeStream(store)
    feed, deaf = ChangeFeed(live, change_stream, published=True), ChangeFeed(live, change_stream)
    start = feed.position()
    live.publish("chat", {"text": "Hello"})
    (heard,), _, whole = feed.since(start, limit=10, wait=5)
    assert whole
    assert (heard.operation, heard.collection, heard.actor) == ("publish", "", "me")
    assert (heard.document["channel"], heard.document["data"]) == ("chat", {"text": "Hello"})
    assert deaf.since(start, limit=10, wait=0)[0] == []


@pytest.mark.parametrize(
    ("channel", "data", "fault"),
    [
        ("", 1, ("event", "Must have 1 to 200 characters, without NUL.")),
        ("x\0", 1, ("event", "Must have 1 to 200 characters, without NUL.")),
        ("x" * 201, 1, ("event", "Must have 1 to 200 characters, without NUL.")),
        ("x", {"$a": 1}, ("data", "A field name must not begin with '$'.")),
    ],
)
def test_messages_that_are_none(live: engine.Database, channel: str, data: Any, fault: tuple[str, str]) -> None:
    problem = refusal(engine.Invalid, live.publish, channel, data)
    assert [(item.field, item.message) for item in problem.errors] == [fault]


def test_publishing_needs_insert(store: engine.Store) -> None:
    refusal(engine.Forbidden, database_of(store, engine.Action.READ).publish, "x", 1)
