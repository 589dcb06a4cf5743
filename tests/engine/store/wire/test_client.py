"""Commands that the event loop sends itself: replies and errors as the driver's, and the driver where needed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId, Regex

import engine
from datacube.local import paths
from engine.limits import Limits
from engine.store.wire.client import LARGE_REPLY_BYTES
from tests.engine.proxy import Proxy
from tests.event_loop import in_event_loop, result_in_event_loop

VALUES = [
    1,
    Int64(2),
    2.5,
    "é🦉",
    None,
    True,
    ObjectId("0" * 24),
    Decimal128("1.10"),
    [1, {"a": []}],
    Regex("^a", "i"),
]


def find(store: engine.Store, database: str, filter: Any, **options: Any) -> list[dict[str, Any]]:
    arguments: dict[str, Any] = {"sort": [("_id", 1)], "fields": None, "skip": 0, "limit": 100} | options
    return store.find(database, "c", filter, **arguments)


def connected(uri: str, **limits: Any) -> engine.Store:
    """Return a store whose driver knows the primary, as that of a service that is ready."""
    store = engine.Store(uri, limits=Limits(**limits))
    store.ping()
    return store


@pytest.fixture
def documents(store: engine.Store, database: str) -> list[dict[str, Any]]:
    documents = [{"_id": ObjectId(), "n": number, "value": value} for number, value in enumerate(VALUES)]
    store.insert(database, "c", documents)
    return documents


@pytest.mark.parametrize(
    "options",
    [{}, {"limit": 3}, {"skip": 4, "limit": 2}, {"fields": {"n": 1}}, {"sort": [("n", -1)]}],
    ids=["all", "limit", "skip", "fields", "sort"],
)
def test_the_same_documents_as_by_the_driver(
    store: engine.Store, database: str, documents: list[dict[str, Any]], options: dict[str, Any]
) -> None:
    by_driver = find(store, database, {}, **options)
    assert result_in_event_loop(partial(find, store, database, {}, **options)) == by_driver


def test_documents_by_id_are_read_together_and_each_caller_has_a_copy(
    store: engine.Store, database: str, documents: list[dict[str, Any]]
) -> None:
    ids = [document["_id"] for document in documents] * 2 + [ObjectId()]
    reads = [partial(find, store, database, {"_id": name}, limit=1) for name in ids]
    results = in_event_loop(*reads)
    assert results == [[document] for document in documents] * 2 + [[]]
    assert results[8][0]["value"] == results[8 + len(VALUES)][0]["value"]
    assert results[8][0]["value"] is not results[8 + len(VALUES)][0]["value"]


def test_fields_of_documents_by_id(store: engine.Store, database: str, documents: list[dict[str, Any]]) -> None:
    name = documents[0]["_id"]
    projections = [{"n": 1}, {"n": 0}, {"_id": 0, "n": 1}, None]
    reads = [partial(find, store, database, {"_id": name}, limit=1, fields=fields) for fields in projections]
    expected = [{"_id": name, "n": 0}, {"_id": name, "value": 1}, {"n": 0}, documents[0]]
    assert in_event_loop(*reads) == [[document] for document in expected]


def test_a_row_filter_holds_in_the_event_loop(
    store: engine.Store, database: str, documents: list[dict[str, Any]]
) -> None:
    filtered = store.with_row_filter({(database, "c"): {"n": {"$lt": 2}}})
    reads = [partial(find, filtered, database, {"_id": document["_id"]}) for document in documents]
    assert [len(rows) for rows in in_event_loop(*reads)] == [1, 1, *[0] * (len(VALUES) - 2)]
    assert len(result_in_event_loop(partial(find, filtered, database, {}))) == 2


@pytest.mark.parametrize(
    ("filter", "kind"),
    [({"$bad": 1}, engine.Invalid), ({"a": {"$regex": "("}}, engine.Invalid), ({"a": 2**64}, engine.Invalid)],
)
def test_the_same_errors_as_by_the_driver(store: engine.Store, database: str, filter: Any, kind: Any) -> None:
    errors = []
    for run in (lambda work: work(), result_in_event_loop):
        with pytest.raises(kind) as caught:
            run(partial(find, store, database, filter))
        errors.append((caught.value.message, caught.value.errors))
    assert errors[0] == errors[1]


def test_what_takes_too_long(store: engine.Store, database: str, brief: Callable[..., engine.Store]) -> None:
    store.insert(database, "c", [{"_id": ObjectId(), "a": "a" * 40 + "!"} for _ in range(1000)])
    hasty = brief(query_seconds=0.2)
    with pytest.raises(engine.TimedOut, match="QUERY_TIMEOUT"):
        result_in_event_loop(partial(find, hasty, database, {"a": {"$regex": "(a+)+$"}}))


def test_a_large_reply_is_decoded_in_a_thread(store: engine.Store, database: str) -> None:
    document = {"_id": ObjectId(), "text": "x" * LARGE_REPLY_BYTES}
    store.insert(database, "c", [document])
    for filter in ({}, {"_id": document["_id"]}):
        assert result_in_event_loop(partial(find, store, database, filter)) == [document]


def test_documents_by_id_that_are_larger_than_a_reply(store: engine.Store, database: str) -> None:
    documents = [{"_id": ObjectId(), "text": "x" * 7_000_000} for _ in range(3)]
    store.insert(database, "c", documents)
    reads = [partial(find, store, database, {"_id": document["_id"]}, limit=1) for document in documents]
    assert in_event_loop(*reads) == [[document] for document in documents]


def test_more_requests_than_connections(
    store: engine.Store, database: str, documents: list[dict[str, Any]]
) -> None:
    reads = [partial(find, store, database, {"n": number % len(VALUES)}) for number in range(200)]
    assert in_event_loop(*reads) == [[documents[number % len(VALUES)]] for number in range(200)]


# --- the driver serves what is unusual ----------------------------------------------------------------


@contextmanager
def opened_proxy() -> Iterator[Proxy]:
    path = Path("/tmp") / f"dcw-{secrets.token_hex(6)}.sock"  # a unix socket's path is short
    with Proxy(path, to=paths.embedded_mongodb_path()) as proxy:
        yield proxy
    path.unlink()


def test_a_connection_that_breaks(database: str, store: engine.Store) -> None:
    store.insert(database, "c", [{"_id": ObjectId(), "n": 1}])
    with opened_proxy() as proxy:
        through = connected(proxy.uri)
        proxy.cut_at("find")
        assert len(result_in_event_loop(partial(find, through, database, {"n": 1}))) == 1
        assert proxy.sprung

        def after_a_cut() -> int:
            before = find(through, database, {})
            proxy.cut()
            return len(before) + len(find(through, database, {}))

        assert result_in_event_loop(after_a_cut) == 2


def test_a_server_that_hangs(database: str) -> None:
    with opened_proxy() as proxy:
        through = connected(proxy.uri, query_seconds=1)
        proxy.hang_at("find")
        with pytest.raises(engine.Unavailable, match="does not respond") as caught:
            result_in_event_loop(partial(find, through, database, {"n": 1}))
        assert type(caught.value) is engine.Unavailable


def test_nobody_is_there() -> None:
    store = engine.Store("mongodb://%2Fnowhere%2Fm.sock/?replicaSet=datacube", limits=Limits(query_seconds=0.2))
    with pytest.raises(engine.Unavailable, match="does not respond"):
        result_in_event_loop(partial(find, store, "test_away", {}))


def test_a_command_about_another_command(store: engine.Store, database: str) -> None:
    command = {"explain": {"find": "c", "filter": {"n": 1}}, "verbosity": "queryPlanner"}
    reply = result_in_event_loop(partial(store.command, database, command))
    assert reply["queryPlanner"]["namespace"] == f"{database}.c"
