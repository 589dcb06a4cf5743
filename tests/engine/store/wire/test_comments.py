"""The requests that MongoDB sees in the comments of commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import ObjectId
from pymongo import monitoring

import engine
from datacube.local.paths import embedded_mongodb_uri
from engine import Limits, Store
from engine.request import request_id
from engine.store.wire import comments
from engine.update import Operators
from tests.engine.conftest import Make
from tests.event_loop import in_event_loop

NAME = "comment-test-1"
# Sent by the driver itself: of connections and transactions.
BARE = frozenset({"hello", "ismaster", "ping", "endSessions", "commitTransaction", "abortTransaction"})


class Sent(monitoring.CommandListener):
    """Records the name and the comment of each command that a client sends."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name not in BARE:
            self.commands.append((event.command_name, event.command.get("comment")))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Ignore the result."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Ignore the error."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Record what the clients send that are made in this test."""
    listener = Sent()
    monkeypatch.setattr(monitoring, "_LISTENERS", monitoring._Listeners([listener], [], [], [], []))
    return listener


@pytest.fixture
def seen(sent: Sent) -> Store:
    return Store(embedded_mongodb_uri(), limits=Limits(query_seconds=20))


@pytest.fixture
def named() -> Iterator[None]:
    token = request_id.set(NAME)
    yield
    request_id.reset(token)


@pytest.mark.usefixtures("named", "service_url")
def test_mongodb_shows_the_request_as_the_comment_of_its_command() -> None:
    store = Store(embedded_mongodb_uri(), limits=Limits())
    own = {"$match": {"command.comment": NAME}}
    command = {"aggregate": 1, "pipeline": [{"$currentOp": {}}, own], "cursor": {}}
    (operation,) = store.first_batch("admin", command, enough=1)
    assert operation["command"]["aggregate"] == 1


def test_without_a_request_there_is_no_comment() -> None:
    token = request_id.set("")
    assert comments.with_comment({"ping": 1}) == {"ping": 1}
    collection = object()
    assert comments.commented(collection) is collection
    request_id.reset(token)


FIRST, OTHER = ObjectId(), ObjectId()
PUT = {"_id": FIRST, "n": 1}
# Each writes, reads or both, in a database of its own.
OPERATIONS: dict[str, Callable[[Store, str], Any]] = {
    "insert one": lambda store, name: store.insert(name, "c", [{"n": 1}]),
    "insert many": lambda store, name: store.insert(name, "c", [{"n": 1}, {"n": 2}]),
    "insert again": lambda store, name: store.insert_again(name, "c", [{"n": 1}]),
    "update one": lambda store, name: store.update(name, "c", {"_id": FIRST}, {"$set": {"n": 2}}),
    "update many": lambda store, name: store.update(name, "c", {"n": 1}, {"$set": {"n": 2}}),
    "change": lambda store, name: store.change(name, "c", {"_id": FIRST}, {"$set": {"n": 2}}),
    "delete one": lambda store, name: store.delete(name, "c", {"_id": FIRST}),
    "delete many": lambda store, name: store.delete(name, "c", {"n": 1}),
    "delete ids": lambda store, name: store.delete_ids(name, "c", first=FIRST, last=OTHER),
    "delete where": lambda store, name: store.delete_where(name, "c", {"n": 1}),
    "upsert": lambda store, name: store.upsert_new(name, "c", {"_id": OTHER}, {"$set": {"n": 2}}),
    "reserve": lambda store, name: store.reserve(name, "c", "no", 3),
    "raise counter": lambda store, name: store.raise_counter(name, "c", "no", 3),
    "set missing": lambda store, name: store.set_missing(name, "c", "m", {FIRST: 1}),
    "replace": lambda store, name: store.replace(name, "c", PUT),
    "copy": lambda store, name: store.copy(name, "c", {}, into=f"{name}_copy"),
    "all": lambda store, name: store.all(name, "c", {"n": 1}),
    "count": lambda store, name: store.count(name, "c", {"n": 1}),
    "estimate": lambda store, name: store.count(name, "c", {}),
    "each in a transaction": lambda store, name: store.transaction(
        lambda session: store.within(session).write_each(name, "c", puts=[PUT], gone=[OTHER], delete_first=True)
    ),
}


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_command_names_the_request(
    operation: str, seen: Store, sent: Sent, database: str, mongo: Any
) -> None:
    mongo[database]["c"].insert_one(dict(PUT))
    OPERATIONS[operation](seen, database)
    mongo.drop_database(f"{database}_copy")
    assert sent.commands
    assert {comment for _, comment in sent.commands} == {NAME}


@pytest.mark.usefixtures("named")
def test_versions_are_stored_under_the_name_of_the_request(make: Make, seen: Store, sent: Sent) -> None:
    things = make(history=True, on=seen)
    ids = things.insert([{"n": 1}, {"n": 2}])
    sent.commands.clear()
    things.update(engine.Query({"_id": str(ids[0])}), Operators({"$set": {"n": 3}}))
    things.update(engine.Query({}), Operators({"$inc": {"n": 1}}))
    things.delete(engine.Query({}))
    data = {"insert", "update", "delete", "findAndModify", "find"}
    assert {name for name, _ in sent.commands} >= data
    assert {comment for name, comment in sent.commands if name in data} == {NAME}


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, {"id-0"}), (3, {"id-0,id-1,id-2"}), (7, {"id-0,id-1,id-2,id-3,+3"})],
)
def test_what_arrives_together_names_its_requests(
    count: int, expected: set[str], make: Make, seen: Store, sent: Sent
) -> None:
    things = make(on=seen)
    sent.commands.clear()

    def insert(number: int) -> Callable[[], Any]:
        def work() -> Any:
            request_id.set(f"id-{number}")
            return things.insert([{"n": number}])

        return work

    results = in_event_loop(*map(insert, range(count)))
    assert [len(ids) for ids in results] == [1] * count
    assert {comment for name, comment in sent.commands if name == "insert"} == expected
