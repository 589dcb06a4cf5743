"""The store when MongoDB is away, hangs, is slow or refuses; and what it makes, finds and removes."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from pymongo import MongoClient
from pymongo.client_session import ClientSession

import engine
from datacube.local import paths
from engine.limits import Limits
from tests.engine.conftest import Make
from tests.engine.proxy import Proxy
from tests.engine.strategies import faults, refusal

Mongo = MongoClient[dict[str, Any]]
Met = tuple[engine.Error | None, float]
ANY, LAST = ObjectId("0" * 24), ObjectId("f" * 24)


def document(**members: Any) -> dict[str, Any]:
    return {"_id": ObjectId(), "_sys": {"version": 1}} | members


def unique_of(*names: str) -> dict[str, Any]:
    """The options of a unique index of text for each field."""
    return {name: {"partialFilterExpression": {name: {"$gte": ""}}} for name in names}


def find(store: engine.Store, database: str, **named: Any) -> list[dict[str, Any]]:
    asked: dict[str, Any] = {"sort": [("_id", 1)], "fields": None, "skip": 0, "limit": 100}
    return store.find(database, "c", named.pop("filter", {}), **(asked | named))


# Every method that talks to MongoDB.
CALLS: dict[str, Callable[[engine.Store, str], Any]] = {
    "find": lambda store, name: find(store, name),
    "count": lambda store, name: store.count(name, "c", {}),
    "count some": lambda store, name: store.count(name, "c", {"a": 1}),
    "distinct_ids": lambda store, name: store.distinct_ids(name, "c", first=ANY, last=LAST),
    "insert": lambda store, name: store.insert(name, "c", [document()]),
    "insert two": lambda store, name: store.insert(name, "c", [document(), document()]),
    "insert_again": lambda store, name: store.insert_again(name, "c", [document()]),
    "update": lambda store, name: store.update(name, "c", {"_id": ANY}, {"$set": {"a": 1}}),
    "update many": lambda store, name: store.update(name, "c", {}, {"$set": {"a": 1}}),
    "delete": lambda store, name: store.delete(name, "c", {"_id": ANY}),
    "delete many": lambda store, name: store.delete(name, "c", {}),
    "delete_ids": lambda store, name: store.delete_ids(name, "c", first=ANY, last=LAST),
    "create": lambda store, name: store.create(name, "d", unique=unique_of("a")),
    "drop_collection": lambda store, name: store.drop_collection(name, "c"),
    "drop_database": lambda store, name: store.drop_database(name),
    "ping": lambda store, name: store.ping(),
}


# --- away, hanging, cut off ---------------------------------------------------------------------------


def at_once(
    store: engine.Store, database: str, names: Iterable[str]
) -> dict[str, tuple[engine.Error | None, float]]:
    """What each call met, and after how many seconds, when all of them are made together."""

    def one(name: str) -> Met:
        began = time.monotonic()
        try:
            CALLS[name](store, database)
        except engine.Error as problem:
            return problem, time.monotonic() - began
        return None, time.monotonic() - began

    names = [*names]
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(one, names), strict=True))


def assert_unavailable(found: dict[str, Met], *, within: float) -> None:
    for name, (problem, seconds) in found.items():
        assert type(problem) is engine.Unavailable, (name, problem)
        assert problem.message == "The document store does not respond; try again."
        assert (problem.retry_after, problem.errors) == (2, ())
        assert seconds < within, (name, seconds)


@pytest.mark.slow
def test_nobody_is_there() -> None:
    store = engine.Store("mongodb://%2Fnowhere%2Fm.sock/?replicaSet=datacube", limits=Limits(query_seconds=1))
    assert_unavailable(at_once(store, "test_away", CALLS), within=20)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with opened_proxy() as found:
        yield found


@contextmanager
def opened_proxy() -> Iterator[Proxy]:
    path = Path("/tmp") / f"dcp-{secrets.token_hex(6)}.sock"  # a unix socket's path is short
    with Proxy(path, to=paths.embedded_mongodb_path()) as found:
        yield found
    path.unlink()


def hanging(database: str, calls: Iterable[str], *, at: str = "") -> dict[str, Met]:
    """What calls meet whose MongoDB hangs from a command on, or already does."""
    with opened_proxy() as proxy:
        store = engine.Store(proxy.uri, limits=Limits(query_seconds=2))
        assert store.count(database, "c", {}) == 2
        if at:
            proxy.hang_at(at)
        else:
            proxy.hang()
        found = at_once(store, database, calls)
        assert not at or proxy.sprung
        return found


def test_mongodb_hangs(store: engine.Store, database: str, mongo: Mongo) -> None:
    """The limit of a transaction is 30 s; that nobody answers is told long before."""
    store.insert(database, "c", [document(a=0), document(a=0)])
    brief = ["find", "count some", "insert", "update", "delete", "ping"]
    long = ["insert two", "update many", "delete many"]
    with ThreadPoolExecutor(3) as pool:
        ask = partial(pool.submit, hanging, database)
        asked = {
            ask(brief): 20,
            ask(long): 20,
            ask(["update many"], at="update"): 20,
        }
        for found, within in asked.items():
            assert_unavailable(found.result(), within=within)
    assert mongo[database]["c"].count_documents({"a": 0}) == 2 == mongo[database]["c"].count_documents({})


@pytest.mark.parametrize(
    ("call", "command"),
    [
        ("find", "find"),
        ("count", "count"),
        ("count some", "aggregate"),
        ("distinct_ids", "aggregate"),
        ("insert", "insert"),
        ("insert two", "insert"),
        ("insert_again", "insert"),
        ("update", "update"),
        ("update many", "update"),
        ("delete", "delete"),
        ("delete many", "delete"),
        ("delete_ids", "find"),
    ],
)
def test_a_connection_that_breaks_is_replaced(proxy: Proxy, database: str, call: str, command: str) -> None:
    through = engine.Store(proxy.uri, limits=Limits())
    through.insert(database, "c", [document(a=1)])
    proxy.cut_at(command)
    CALLS[call](through, database)
    assert proxy.sprung


def test_all_connections_break(proxy: Proxy, database: str) -> None:
    through = engine.Store(proxy.uri, limits=Limits())
    for count in range(1, 4):
        through.insert(database, "c", [document(a=1)])
        proxy.cut()
        assert len(find(through, database)) == count
        through.ping()


# --- slow ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", range(3))
def test_what_takes_too_long_is_told_as_such(
    store: engine.Store, database: str, brief: Callable[..., engine.Store], attempt: int
) -> None:
    """Whether the server's clock or the driver's runs out first, the store is well and the request is at fault."""
    store.insert(database, "c", [document(a="a" * 40 + "!") for _ in range(1000)])
    hasty = brief(query_seconds=0.2, write_seconds=0.2)
    slow = {"a": {"$regex": "(a+)+$"}}
    assert refusal(engine.TimedOut, find, hasty, database, filter=slow).message == (
        "The request takes longer than 0.2 s (QUERY_TIMEOUT); narrow it."
    )
    assert refusal(engine.TimedOut, hasty.count, database, "c", slow).message.count("QUERY_TIMEOUT")
    assert refusal(engine.TimedOut, hasty.delete, database, "c", slow).message == (
        "The request takes longer than 0.2 s (WRITE_SECONDS); narrow it."
    )
    assert store.count(database, "c", {}) == 1000


@contextmanager
def snapshot(mongo: Mongo, database: str) -> Iterator[ClientSession]:
    """Yield a session whose transactions read what is in the collection now; else they may be older than it is."""
    with mongo.start_session() as session:
        mongo[database]["c"].find_one(session=session)
        yield session


def test_what_always_clashes_is_given_up(database: str, mongo: Mongo, brief: Callable[..., engine.Store]) -> None:
    """So does MongoDB tell that its cache cannot hold a transaction, too; no client may try for half a minute."""
    store = brief(query_seconds=0.5, write_seconds=30)
    store.insert(database, "c", [document(a=0), document(a=0)])
    with snapshot(mongo, database) as session, session.start_transaction():
        mongo[database]["c"].update_many({}, {"$set": {"mine": 1}}, session=session)
        began = time.monotonic()
        for act in (CALLS["update many"], CALLS["delete many"]):
            told = refusal(engine.Conflict, act, store, database)
            assert told.message == (
                "Other requests are writing to the same documents, or this one changes more than the cache of "
                "MongoDB holds. Try again, or narrow the request."
            )
            assert (told.retry_after, told.errors) == (1, ())
        assert time.monotonic() - began < 20
    assert mongo[database]["c"].count_documents({"a": 0, "mine": 1}) == 2


def test_a_transaction_may_change_more_than_a_tenth_of_the_cache(make: Make) -> None:
    things = make()
    text = "x" * 4_000

    def insert(bound: engine.Collection) -> int:
        return sum(len(bound.insert([{"text": text}] * 1_000)) for _ in range(15))

    assert things.in_transaction(insert) == 15_000


def test_what_clashes_for_a_moment_is_tried_again(store: engine.Store, database: str, mongo: Mongo) -> None:
    store.insert(database, "c", [document(a=1), document(a=2)])
    with snapshot(mongo, database) as session:
        session.start_transaction()
        mongo[database]["c"].update_many({}, {"$set": {"mine": 1}}, session=session)
        commit = threading.Timer(0.3, session.commit_transaction)
        commit.start()
        assert store.update(database, "c", {}, {"$set": {"ours": 1}}) == 2
        commit.join()  # the session must not end before
    assert mongo[database]["c"].count_documents({"mine": 1, "ours": 1}) == 2


# --- refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filter", "sort", "fields"),
    [
        ({}, [(".a", 1)], None),
        ({}, [("a.", 1)], None),
        ({}, [("$a", 1)], None),
        ({}, [("_id", 1)], {"a": 1, "a.b": 1}),
        ({}, [("_id", 1)], {"a": 1, "b": 0}),
        ({}, [("_id", 1)], {"a..b": 1}),
        ({"$bad": 1}, [("_id", 1)], None),
        ({"a": {"$mod": [0, 1]}}, [("_id", 1)], None),
        ({"a": {"$regex": "("}}, [("_id", 1)], None),
        ({"a": 2**64}, [("_id", 1)], None),
        ({"a\0": 1}, [("_id", 1)], None),
        ({"a": "\ud800"}, [("_id", 1)], None),
    ],
)
def test_what_mongodb_refuses_to_read_is_invalid(
    store: engine.Store, database: str, filter: Any, sort: Any, fields: Any
) -> None:
    store.insert(database, "c", [document(a=1)])
    refusal(engine.Invalid, find, store, database, filter=filter, sort=sort, fields=fields)


@pytest.mark.parametrize(
    "statement",
    [
        {"$set": {"a.b": 1}},
        {"$set": {".a": 1}},
        {"$set": {"a.": 1}},
        {"$set": {"a": 1, "a.b": 1}},
        {"$inc": {"text": 1}},
        {"$set": {"a": 2**64}},
        {"$set": {"a": "\ud800"}},
        {"$set": {".".join("a" * 300): 1}},
        [{"$set": {"a": {"$divide": [1, "$text"]}}}],
    ],
)
def test_what_mongodb_refuses_to_write_is_invalid_and_changes_nothing(
    store: engine.Store, database: str, statement: Any
) -> None:
    kept = [document(n=1), document(a=5, text="x")]
    store.insert(database, "c", kept)
    for filter in ({}, {"_id": kept[1]["_id"]}):
        refusal(engine.Invalid, store.update, database, "c", filter, statement)
    assert find(store, database) == kept


@pytest.mark.parametrize("bad", ["\ud800", 2**64, {"a\0": 1}, object()], ids=["surrogate", "long", "NUL", "object"])
def test_what_cannot_be_stored_keeps_the_batch_out(store: engine.Store, database: str, bad: Any) -> None:
    for documents in ([document(a=bad)], [document(), document(a=bad)]):
        refusal(engine.Invalid, store.insert, database, "c", documents)
        refusal(engine.Invalid, store.insert_again, database, "c", documents[-1:])
    assert store.count(database, "c", {}) == 0


# --- collections --------------------------------------------------------------------------------------


def test_a_collection_is_made_once_however_often_it_is_asked_for(
    store: engine.Store, database: str, mongo: Mongo
) -> None:
    with ThreadPoolExecutor(8) as pool:
        [*pool.map(lambda _: store.create(database, "c", unique=unique_of("a", "b c")), range(8))]
    store.insert(database, "c", [document(a="x")])
    store.create(database, "c", unique=unique_of("a", "b c"))
    assert store.count(database, "c", {}) == 1
    indexes = mongo[database]["c"].index_information()
    unique = {name: index["key"] for name, index in indexes.items() if index.get("unique")}
    assert unique == {"unique_0": [("a", 1)], "unique_1": [("b c", 1)]}


@pytest.mark.parametrize("name", ["a b", "é🦉", "a$b", "0", "x" * 100, "a-b", "constructor"])
def test_any_name_of_a_field_can_be_unique(store: engine.Store, database: str, name: str) -> None:
    store.create(database, "c", unique=unique_of(name))
    store.insert(database, "c", [document(**{name: "x"}), document(), document()])
    told = faults(engine.Conflict, store.insert, database, "c", [document(), document(**{name: "x"})])
    assert [fault[::2] for fault in told] == [(name, 1)]


def test_what_is_dropped_is_gone(store: engine.Store, database: str, mongo: Mongo) -> None:
    store.insert(database, "c", [document()])
    store.insert(database, "d", [document()])
    store.drop_collection(database, "c")
    store.drop_collection(database, "never")
    assert mongo[database].list_collection_names() == ["d"]
    store.drop_database(database)
    store.drop_database(database)
    assert database not in mongo.list_database_names()


def test_ids_between_are_counted_and_deleted(store: engine.Store, database: str) -> None:
    ids = [ObjectId(f"{number:024x}") for number in range(30)]
    store.insert(database, "c", [{"_id": name} for name in ids])
    assert store.distinct_ids(database, "c", first=ids[3], last=ids[7]) == 5
    assert store.delete_ids(database, "c", first=ids[3], last=ids[7]) == 5
    assert store.delete_ids(database, "c", first=ids[3], last=ids[7]) == 0
    assert [found["_id"] for found in find(store, database)] == ids[:3] + ids[8:]


def test_a_store_connects_at_its_first_use(mongo: Mongo) -> None:
    """It is made before the web server's processes fork; a connection that is shared breaks both."""
    threads = {*threading.enumerate()}
    engine.Store("mongodb://%2Fnowhere%2Fm.sock/", limits=Limits())
    assert {*threading.enumerate()} <= threads


def test_writes_are_journaled_by_a_majority(store: engine.Store, database: str, mongo: Mongo) -> None:
    mongo[database].command("profile", 2)
    store.insert(database, "c", [document()])
    store.insert(database, "c", [document(), document()])
    store.update(database, "c", {"_id": ANY}, {"$set": {"a": 1}})
    store.insert_again(database, "c", [document()])
    mongo[database].command("profile", 0)
    found = mongo[database]["system.profile"].find(
        {"appName": {"$regex": "^datacube "}, "op": {"$in": ["insert", "update"]}}
    )
    concerns = [item["command"].get("writeConcern") for item in found if "autocommit" not in item["command"]]
    assert concerns
    assert all(concern == {"w": "majority", "j": True} for concern in concerns if concern)


def test_the_size_of_a_collection_that_does_not_exist(store: engine.Store, database: str) -> None:
    """Such as the history of a collection that keeps none."""
    assert store.size(database, "nothing") == {"documents": 0, "bytes": 0, "index_bytes": 0}
