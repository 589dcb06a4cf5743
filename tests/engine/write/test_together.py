"""Updates and deletions that arrive together have the same results as one at a time, whatever they collide in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.jobs import make_storage
from engine.limits import Limits
from engine.schema import parse_schema
from engine.update import Operators, Replacement
from tests.engine.conftest import Make
from tests.engine.strategies import examples
from tests.event_loop import in_event_loop

UNIQUE = {"name": "code", "unique": True}


def by_id(document_id: Any) -> engine.Query:
    return engine.Query({"_id": str(document_id)})


def change(**values: Any) -> Operators:
    return Operators({"$set": values})


def outcome(work: Callable[[], Any]) -> Any:
    """Return the result, or the kind and the fields of the error."""
    try:
        return work()
    except engine.Error as error:
        return type(error).__name__, [(item.field, item.index) for item in error.errors]


@pytest.fixture(params=[True, False], ids=["history", "no history"])
def things(request: pytest.FixtureRequest, make: Make) -> engine.Collection:
    return make(UNIQUE, {"name": "n", "type": "number"}, history=request.param)


def versions(things: engine.Collection, document_id: ObjectId) -> list[tuple[int, str | None]]:
    """Return the number and the operation of each superseded version."""
    rows = things.store.all(things.database, f"{things.spec.physical}.versions", {"doc": document_id})
    return sorted((row["version"], row["op"]) for row in rows)


def test_updates_of_several_documents(things: engine.Collection) -> None:
    ids = things.insert([{"code": f"c{number}", "n": 0} for number in range(10)])
    writes = [partial(things.update, by_id(name), change(n=number)) for number, name in enumerate(ids)]
    assert in_event_loop(*writes, partial(things.update, by_id(ObjectId()), change(n=1))) == [1] * 10 + [0]
    page = things.find(engine.Query({}, sort=[("code", 1)]))
    assert [(row["n"], row["_sys"]["version"]) for row in page.documents] == [(n, 2) for n in range(10)]
    if things.spec.history:
        assert [versions(things, name) for name in ids] == [[(1, "update")]] * 10


def test_writes_of_one_document_are_made_in_the_order_of_their_arrival(things: engine.Collection) -> None:
    (name,) = things.insert([{"code": "c", "n": 0}])
    writes = [partial(things.update, by_id(name), change(n=number)) for number in range(1, 6)]
    assert in_event_loop(*writes, partial(things.delete, by_id(name)), writes[0]) == [1, 1, 1, 1, 1, 1, 0]
    if things.spec.history:
        assert versions(things, name) == [*((number, "update") for number in range(1, 6)), (6, "delete")]


def test_changed_documents_are_returned(things: engine.Collection) -> None:
    ids = things.insert([{"code": f"c{number}"} for number in range(4)])
    changes = [partial(things.change, by_id(name), change(n=number)) for number, name in enumerate(ids)]
    results = in_event_loop(*changes, partial(things.change, by_id(ObjectId()), change(n=1)))
    assert [(row["_id"], row["n"]) if row else None for row in results] == [
        *((name, number) for number, name in enumerate(ids)),
        None,
    ]


# Values whose stored form is another one than that of JSON, or that are easily changed on the way.
ODD = {" ": 1, "a,b": {"": [None, {"x": -0.0}]}, "é🦉": "$literal", "big": 2**62, "list": [[[]]], "no": None}
DECLARED = [
    {"name": "no", "type": "autonumber"},
    {"name": "day", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "id", "type": "objectid"},
    {"name": "price", "type": "decimal128"},
    {"name": "bytes", "type": "binary"},
    {"name": "ts", "type": "timestamp"},
    {"name": "level", "type": "number", "default": 3},
]
TYPED = {
    "day": "2024-02-29",
    "at": "2024-02-29T10:00:00.123456+02:00",
    "id": "6560a1c2d3e4f5a6b7c8d9e0",
    "price": "1.10",
    "bytes": "AAEC",
    "ts": "1970-01-01T00:00:01Z",
}


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize("values", [ODD, TYPED, ODD | TYPED, {}], ids=["odd", "typed", "both", "empty"])
def test_a_replacement_is_returned_as_it_is_read(make: Make, history: bool, values: dict[str, Any]) -> None:
    things = make(*DECLARED, history=history)
    ids = things.insert([{"gone": 1}, {"gone": 2}, {"gone": 3}])
    replace = [partial(things.change, by_id(name), Replacement(values)) for name in ids]
    # The first one alone, the others together.
    results = [replace[0](), *in_event_loop(*replace[1:])]
    read = things.find(engine.Query({}, sort=[("_id", 1)])).documents
    assert [[*map(repr, row.items())] for row in results] == [[*map(repr, row.items())] for row in read]
    assert [(row["no"], row["_sys"]["version"]) for row in read] == [(1, 2), (2, 2), (3, 2)]


def test_a_replacement_after_a_clock_that_went_back(things: engine.Collection) -> None:
    ids = things.insert([{"code": "a"}, {"code": "b"}, {"code": "c"}])
    later = datetime(2999, 1, 1)
    for name in ids:
        statement = {"$set": {"_sys.updated": later}}
        things.store.update(things.database, things.spec.physical, {"_id": name}, statement)
    replace = [partial(things.change, by_id(name), Replacement({"n": 1})) for name in ids]
    results = [replace[0](), *in_event_loop(*replace[1:])]
    assert results == things.find(engine.Query({}, sort=[("_id", 1)])).documents
    assert {row["_sys"]["updated"] for row in results} == {later}


def test_a_conflict_reaches_its_own_caller_and_the_others_are_written(things: engine.Collection) -> None:
    ids = things.insert([{"code": f"c{number}"} for number in range(6)])
    values = ["x", "c5", "y", "x", "z"]  # one is there already, and one is the first one's
    writes = [
        partial(outcome, partial(things.update, by_id(name), change(code=value)))
        for name, value in zip(ids, values, strict=False)
    ]
    refused = ("Conflict", [("code", None)])
    assert in_event_loop(*writes) == [1, refused, 1, refused, 1]
    page = things.find(engine.Query({}, sort=[("_id", 1)]))
    assert [row["code"] for row in page.documents] == ["x", "c1", "y", "c3", "z", "c5"]
    if things.spec.history:
        assert [len(versions(things, name)) for name in ids] == [1, 0, 1, 0, 1, 0]


def test_single_inserts_that_collide(things: engine.Collection) -> None:
    writes = [partial(outcome, partial(things.insert, [{"code": value}])) for value in ("a", "b", "a", "c")]
    results = in_event_loop(*writes, partial(outcome, partial(things.insert, [{"n": "no number"}])))
    assert [type(result) for result in results] == [list, list, tuple, list, tuple]
    assert (results[2], results[4]) == (("Conflict", [("code", 0)]), ("Invalid", [("n", 0)]))
    assert things.count() == 3


def test_documents_that_a_reply_does_not_hold_are_written_alone(make: Make) -> None:
    things = make(history=True, name="large")
    ids = things.insert([{"text": "x" * 7_000_000}])
    ids += things.insert([{"text": "x" * 7_000_000}])
    ids += things.insert([{"text": "x" * 7_000_000}])
    assert in_event_loop(*(partial(things.update, by_id(name), change(n=1)) for name in ids)) == [1, 1, 1]
    assert [versions(things, name) for name in ids] == [[(1, "update")]] * 3


STEPS = st.lists(
    st.tuples(st.sampled_from(["set", "delete", "insert"]), st.integers(0, 3), st.sampled_from("abcd")),
    min_size=1,
    max_size=10,
)


@settings(max_examples=examples(25), deadline=None)
@given(steps=STEPS)
def test_every_result_is_true(shared: str, store: engine.Store, steps: list[Any]) -> None:
    """Random writes that collide: what was reported is stored with its versions, the rest changed nothing."""
    things = _collection(store, shared, f"r{ObjectId()}")
    ids = things.insert([{"code": f"start {number}"} for number in range(4)])
    results = in_event_loop(*(partial(outcome, _write(things, ids, *step)) for step in steps))
    expected = {name: (f"start {number}", 1) for number, name in enumerate(ids)}
    ended = {}
    for (kind, number, code), result in zip(steps, results, strict=True):
        name = result[0] if kind == "insert" else ids[number]
        if isinstance(result, tuple):
            assert result == ("Conflict", [("code", 0 if kind == "insert" else None)])
        elif kind == "insert":
            expected[name] = (code, 1)
        elif result == 0:
            assert name in ended
        elif kind == "delete":
            ended[name] = expected.pop(name)[1]
        else:
            expected[name] = (code, expected[name][1] + 1)
    rows = things.find(engine.Query({})).documents
    assert {ObjectId(row["_id"]): (row["code"], row["_sys"]["version"]) for row in rows} == expected
    assert len({row["code"] for row in rows}) == len(rows)
    for name in ids:
        last = ended.get(name, expected.get(name, ("", 1))[1] - 1)
        assert [number for number, _ in versions(things, name)] == [*range(1, last + 1)]
    for name in (things.spec.physical, f"{things.spec.physical}.versions"):
        things.store.drop_collection(shared, name)


def _collection(store: engine.Store, database: str, name: str) -> engine.Collection:
    schema, errors = parse_schema([UNIQUE], limits=Limits(), strict=False)
    assert not errors
    spec = engine.CollectionSpec(name, name, schema, history=True)
    make_storage(store, database, [spec])
    return engine.Collection(store, database, spec, "tester", engine.ALL_ACTIONS)


def _write(target: engine.Collection, ids: list[ObjectId], kind: str, number: int, code: str) -> Callable[[], Any]:
    if kind == "insert":
        return partial(target.insert, [{"code": code}])
    if kind == "delete":
        return partial(target.delete, by_id(ids[number]))
    return partial(target.update, by_id(ids[number]), change(code=code))
