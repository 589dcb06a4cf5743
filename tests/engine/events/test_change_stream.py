"""One stream of all that is listened to, which others join while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.client_session import ClientSession

import engine
from engine.events import ChangeStream, WatchedCollection
from engine.events import change_stream as module
from engine.events.event import PUBLISHED, RawChange, Token
from tests.support import until

JOINING = 8


@pytest.fixture
def lives(
    store: engine.Store, database: str, mongo: MongoClient[dict[str, Any]]
) -> Iterator[list[engine.Database]]:
    names = [f"{database}_{number}" for number in range(JOINING + 1)]
    yield [engine.Database(store, "id", "name", name, "me", engine.ALL_ACTIONS, {}) for name in names]
    for name in names:
        mongo[name].drop_collection(PUBLISHED)


def _texts(heard: list[RawChange | None]) -> list[Any]:
    return [event.document["data"] for event in heard if event and event.document]


def test_who_joins_hears_from_then_on_and_takes_nothing_from_the_others(
    store: engine.Store, lives: list[engine.Database]
) -> None:
    change_stream = ChangeStream(store)
    steady, *joining = lives
    heard: dict[str, list[RawChange | None]] = {live.physical: [] for live in lives}
    over, written = threading.Event(), []

    def write() -> None:
        while not over.wait(0.002):  # others have to keep up
            written.append(len(written))
            steady.publish("chat", written[-1])

    with ExitStack() as stack:
        stack.enter_context(change_stream.listening(steady.physical, heard[steady.physical].append))
        writer = threading.Thread(target=write)
        writer.start()
        for live in joining:
            live.publish("chat", "before")
            stack.enter_context(change_stream.listening(live.physical, heard[live.physical].append))
            start = change_stream.position()
            live.publish("chat", "after")
            mine = heard[live.physical]
            until(lambda mine=mine: "after" in _texts(mine), every=0.01)
            late = [event for event in mine if event and event.token > start]
            assert _texts(late) == ["after"]
        over.set()
        writer.join()
        until(lambda: len(heard[steady.physical]) >= len(written), every=0.01)
    assert _texts(heard[steady.physical]) == written
    assert all(_texts(heard[live.physical])[-1] == "after" for live in joining)


def test_who_has_left_hears_no_more_and_may_come_back(store: engine.Store, lives: list[engine.Database]) -> None:
    change_stream = ChangeStream(store)
    gone, other = lives[:2]
    first, second, others = list[RawChange | None](), list[RawChange | None](), list[RawChange | None]()
    with change_stream.listening(gone.physical, first.append):
        gone.publish("chat", 1)
        until(lambda: _texts(first) == [1], every=0.01)
    with change_stream.listening(other.physical, others.append):
        gone.publish("chat", 2)
        other.publish("chat", 3)
        until(lambda: _texts(others) == [3], every=0.01)
        with change_stream.listening(gone.physical, second.append):
            gone.publish("chat", 4)
            until(lambda: 4 in _texts(second), every=0.01)
    assert _texts(first) == [1]
    assert _texts(others) == [3]


FOREIGN = 20_000


@pytest.fixture
def max_looks(mongo: MongoClient[dict[str, Any]]) -> Callable[[Token], float]:
    """Return a function that returns how many looks what was written since then may take, by all tests.

    A look ends at the latest after one of some hundred entries, and at each command and transaction.
    """

    def count(start: Token) -> float:
        entries = {"ts": {"$gte": start.timestamp}}
        oplog = mongo.local["oplog.rs"]
        return oplog.count_documents(entries) / 100 + oplog.count_documents({**entries, "op": "c"})

    return count


@pytest.fixture
def others(
    database: str, mongo: MongoClient[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Makes another database write more than is read in one look, which has no time at all."""
    monkeypatch.setattr(module, "_SCAN_SECONDS", 0)

    def write() -> None:
        foreign = mongo[database]["foreign"]
        foreign.insert_many([{"n": number} for number in range(FOREIGN)])
        documents = [{"n": number} for number in range(FOREIGN // 20)]
        with mongo.start_session() as session:
            session.with_transaction(lambda session: foreign.insert_many(documents, session=session))

    return write


def test_what_others_write_keeps_nobody_from_catching_up(
    store: engine.Store,
    lives: list[engine.Database],
    others: Callable[[], None],
    max_looks: Callable[[Token], float],
) -> None:
    change_stream, live = ChangeStream(store), lives[0]
    reached = start = change_stream.position()
    others()
    live.publish("chat", "late")
    heard, looks, whole = list[RawChange](), 0, False
    while not whole:
        found, further, whole = change_stream.since(
            live.physical, reached, collections=[PUBLISHED], limit=10, wait=0
        )
        assert further > reached or whole
        heard, looks, reached = [*heard, *found], looks + 1, further
    assert _texts(heard) == ["late"]
    assert 1 < looks <= max_looks(start)


def test_nor_does_it_keep_many_from_it_who_are_read_together(
    store: engine.Store,
    lives: list[engine.Database],
    others: Callable[[], None],
    max_looks: Callable[[Token], float],
) -> None:
    change_stream = ChangeStream(store)
    reached = start = change_stream.position()
    others()
    for live in lives:
        live.publish("chat", "late")
    sources = [WatchedCollection(live.physical, PUBLISHED, history=False) for live in lives]
    until = change_stream.position()
    heard, looks, whole = list[WatchedCollection](), 0, False
    while not whole:
        found, further, whole = change_stream.read_many(sources, reached, until=until, limit=10)
        heard, looks, reached = [*heard, *(source for source, _ in found)], looks + 1, further
    assert heard == sources
    assert 1 < looks <= max_looks(start) + len(lives)


def test_a_look_ends_where_mongodb_does_not_come_further(
    store: engine.Store, lives: list[engine.Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the majority is away: what is not safe yet is told to nobody."""
    monkeypatch.setattr(module, "_SCAN_SECONDS", 0.1)
    change_stream = ChangeStream(store)
    start = change_stream.position()
    far = Token(start.seconds + 3600, 0)
    source = WatchedCollection(lives[0].physical, PUBLISHED, history=False)
    found, reached, whole = change_stream.read_many([source], start, until=far, limit=10)
    assert (found, whole) == ([], False)
    assert start <= reached < far


@pytest.mark.parametrize("token", ["0-0-", "1-1-", "1-1-82000000010000000129"])
def test_a_token_from_before_the_oplog_is_a_conflict(
    store: engine.Store, lives: list[engine.Database], token: str
) -> None:
    change_stream = ChangeStream(store)
    source = WatchedCollection(lives[0].physical, PUBLISHED, history=False)
    with pytest.raises(engine.Conflict, match="no longer reaches back"):
        change_stream.since(lives[0].physical, Token.parse(token), collections=[PUBLISHED], limit=10, wait=5)
    with pytest.raises(engine.Conflict, match="no longer reaches back"):
        change_stream.read_many([source], Token.parse(token), until=change_stream.position(), limit=10)


@pytest.fixture
def transactions(
    lives: list[engine.Database], mongo: MongoClient[dict[str, Any]]
) -> Iterator[Callable[..., list[int]]]:
    """Insert documents in one transaction, half of them foreign; return the numbers of those that are not."""
    here, there = mongo[lives[0].physical]["docs"], mongo[lives[1].physical]["docs"]

    def write(count: int, *, fill: int = 0) -> list[int]:
        def insert(session: ClientSession) -> None:
            for number in range(count):
                document = {"n": number, "fill": "x" * fill}
                here.insert_one({**document}, session=session)
                there.insert_one({**document}, session=session)

        with mongo.start_session() as session:
            session.with_transaction(insert)
        return [*range(count)]

    yield write
    for documents in (here, there):
        documents.drop()


@pytest.mark.parametrize(("count", "fill"), [(50, 0), (10, 1_000_000)], ids=["one entry", "several entries"])
def test_a_listener_resumes_in_the_middle_of_a_transaction(
    store: engine.Store,
    lives: list[engine.Database],
    others: Callable[[], None],
    transactions: Callable[..., list[int]],
    count: int,
    fill: int,
) -> None:
    """Transactions beyond 16 MB have several entries in the oplog."""
    change_stream, live = ChangeStream(store), lives[0]
    reached = change_stream.position()
    written = transactions(count, fill=fill)
    others()
    written += transactions(count, fill=fill)
    heard, whole = list[int](), False
    while not whole:
        found, reached, whole = change_stream.since(live.physical, reached, collections=["docs"], limit=7, wait=0)
        assert len(found) <= 7
        heard += [event.document["n"] for event in found if event.document]
    assert heard == written
