"""The connection: transactions, dry runs, copies of a store, and what may not block an event loop."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId, Timestamp
from pymongo import MongoClient
from pymongo.client_session import ClientSession

import engine
from engine.store import connection as store_connection
from engine.store.row_filter import RowRule
from tests.event_loop import in_event_loop

Mongo = MongoClient[dict[str, Any]]


def document(**members: Any) -> dict[str, Any]:
    return {"_id": ObjectId(), **members}


def test_a_transaction_is_all_or_nothing(store: engine.Store, database: str, mongo: Mongo) -> None:
    def insert(session: ClientSession) -> str:
        store.within(session).insert(database, "c", [document()])
        store.within(session).insert(database, "d", [document()])
        return "result"

    def fail(session: ClientSession) -> None:
        insert(session)
        raise LookupError("in between")

    store.create(database, "c", unique={})
    store.create(database, "d", unique={})
    with pytest.raises(LookupError):
        store.transaction(fail)
    assert [mongo[database][name].count_documents({}) for name in "cd"] == [0, 0]
    assert store.transaction(insert) == "result"
    assert [mongo[database][name].count_documents({}) for name in "cd"] == [1, 1]


def test_a_transaction_inside_another_is_part_of_it(store: engine.Store, database: str, mongo: Mongo) -> None:
    store.create(database, "c", unique={})

    def outer(session: ClientSession) -> None:
        bound = store.within(session)
        assert bound.transaction(lambda inner: inner) is session
        bound.insert(database, "c", [document(), document()])
        assert bound.count(database, "c", {}) == 2
        assert mongo[database]["c"].count_documents({}) == 0
        raise LookupError

    with pytest.raises(LookupError):
        store.transaction(outer)
    assert mongo[database]["c"].count_documents({}) == 0


def test_a_dry_run_changes_nothing(store: engine.Store, database: str, mongo: Mongo) -> None:
    store.insert(database, "c", [document(n=1), document(n=1)])

    def update(session: ClientSession) -> int:
        bound = store.within(session)
        bound.update(database, "c", {}, {"$set": {"n": 2}})
        return bound.count(database, "c", {"n": 2})

    assert store.dry_run(update) == 2
    assert mongo[database]["c"].count_documents({"n": 1}) == 2


def test_copies_share_the_connection_and_not_the_session(store: engine.Store) -> None:
    def work(session: ClientSession) -> tuple[bool, bool]:
        bound = store.within(session)
        assert bound._client is store._client
        return store.may_join, bound.may_join

    assert store.transaction(work) == (True, False)


def test_few_objects_of_the_driver_are_kept(
    store: engine.Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_connection, "_MAX_COLLECTIONS", 2)
    monkeypatch.setattr(store, "_driver_collections", {})
    names = [store.collection(database, name).name for name in ("a", "b", "a", "c", "a")]
    assert names == ["a", "b", "a", "c", "a"]
    assert [*store._driver_collections] == [(database, "c"), (database, "a")]


def test_row_filters_of_a_copy(store: engine.Store, database: str) -> None:
    store.insert(database, "c", [document(by="me"), document(by="you")])
    limited = store.with_row_filter({(database, "c"): {"by": "me"}})
    assert (limited.has_row_filter(database, "c"), limited.has_row_filter(database, "d")) == (True, False)
    assert (limited.may_join, store.may_join) == (False, True)
    assert [limited.count(database, "c", {}), store.count(database, "c", {})] == [1, 2]
    assert limited.unfiltered().count(database, "c", {}) == 2
    assert store.unfiltered() is store
    assert store.writing() is store
    assert limited.writing().writing() is not limited
    both = limited.with_row_filter({(database, "d"): RowRule({"x": 1})})
    assert [both.has_row_filter(database, name) for name in "cde"] == [True, True, False]
    assert store.visible_stages(database, "c") == []
    with pytest.raises(engine.Forbidden), limited.watch([database], start=Timestamp(1, 1), await_seconds=0):
        pass


def test_blocking_calls_are_refused_in_an_event_loop(store: engine.Store, database: str) -> None:
    def work(name: str) -> Any:
        return lambda: store.collection(database, name)

    (error,) = in_event_loop(work("c"))
    assert isinstance(error, RuntimeError)
    assert "blocks the event loop" in str(error)
    assert in_event_loop(lambda: store.transaction(lambda session: session.in_transaction)) == [True]


def test_the_pool_counts_open_connections(store: engine.Store) -> None:
    store.ping()
    use = store.pool()
    assert use.open >= 1
    assert 0 <= use.in_use <= use.open
