"""Guards, upserts, replacements and rehearsals below HTTP: what races, and what is left where one fails."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import engine
from engine import Change, Delete, Precondition, Query, Update
from engine.update import Operators, Replacement
from engine.write import WriteResult
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal

Stored = Callable[..., list[dict[str, Any]]]
FIELDS = ({"name": "code", "unique": True}, {"name": "level", "type": "number", "enum": [1, 2, 3]})


@pytest.fixture(params=[False, True], ids=["plain", "with history"])
def things(make: Make, request: pytest.FixtureRequest) -> engine.Collection:
    return make(*FIELDS, history=request.param)


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    def outcome(number: int) -> Any:
        try:
            return call(number)
        except engine.Error as problem:
            return problem

    with ThreadPoolExecutor(count) as pool:
        return [*pool.map(outcome, range(count))]


def test_of_24_writers_who_saw_one_version_one_wins(things: engine.Collection, stored: Stored) -> None:
    (name,) = things.insert([{"n": -1}])
    query = Query({"_id": str(name)})

    def write(number: int) -> int:
        return things.write(Update(query, Change({"n": number}), precondition=Precondition(version=1))).count

    results = at_once(24, write)
    (winner,) = [number for number, result in enumerate(results) if result == 1]
    assert all(type(result) is engine.Outdated for number, result in enumerate(results) if number != winner)
    assert stored() == [{"n": winner}]


def test_a_version_needs_a_document(things: engine.Collection) -> None:
    operation = Update(Query({"n": 1}), Change({"n": 2}), precondition=Precondition(version=1))
    text = "An expected version needs a filter that names one document by its _id."
    assert refusal(engine.Invalid, things.write, operation).message == text


def test_a_callers_own_conditions_are_kept(things: engine.Collection, stored: Stored) -> None:
    """Beside what a guard, or a change of existing fields alone, adds to the filter."""
    (one, _) = things.insert([{"a": 1, "b": 1}, {"a": 1, "b": 2}])
    own = {"$and": [{"b": 1}, {"_sys.version": 1}], "$expr": {"$eq": ["$a", 1]}}
    things.update(Query(own), Change({"a": 5, "c": 1}, only_existing=True))
    assert stored() == [{"a": 5, "b": 1}, {"a": 1, "b": 2}]
    for version, count in ((2, 0), (1, 0)):
        operation = Update(
            Query({"_id": str(one), "$and": [{"b": 7}]}),
            Change({"a": 0}),
            precondition=Precondition(version=version),
        )
        if version == 2:
            assert things.write(operation).count == count
        else:
            refusal(engine.Outdated, things.write, operation)
    assert stored() == [{"a": 5, "b": 1}, {"a": 1, "b": 2}]


def test_24_upserts_of_a_unique_value(things: engine.Collection, stored: Stored) -> None:
    def upsert(number: int) -> WriteResult:
        return things.write(Update(Query({"code": "x"}), Operators({"$push": {"by": number}}), upsert=True))

    results = at_once(24, upsert)
    assert sum(result.id is not None for result in results) == 1
    (found,) = stored(system=True)
    assert (sorted(found["by"]), found["_sys"]["version"]) == ([*range(24)], 24)


def test_an_upsert_that_clashes_makes_nothing(things: engine.Collection, stored: Stored) -> None:
    things.insert([{"code": "x", "n": 1}])
    before = stored(system=True)
    operation = Update(Query({"code": "x", "n": 2}), Change({"seen": 1}), upsert=True)
    told = faults(engine.Conflict, things.write, operation)
    assert told == [("code", "Another document already has this value; code must be unique.")]
    assert stored(system=True) == before


def test_an_upsert_of_values_inside_objects(things: engine.Collection, stored: Stored) -> None:
    filter = {"a.b": 2**40, "a.c": {"$eq": None}, "d": {"e": [1, {}]}}
    things.write(Update(Query(filter), Change({"a.f": 1}), upsert=True))
    assert stored() == [{"a": {"b": 2**40, "c": None, "f": 1}, "d": {"e": [1, {}]}}]


ODD = {" ": 1, "a,b": {"": [None, {"x": -0.0}]}, "é🦉": "$literal", "constructor": 2**62, "list": [[[]]]}


def test_a_replacement_is_stored_as_it_is(things: engine.Collection, stored: Stored) -> None:
    (name,) = things.insert([{"gone": 1}])
    operation = Update(Query({"_id": str(name)}), Replacement(ODD), one=True)
    assert things.write(operation).count == 1
    assert repr(stored()) == repr([ODD])
    if things.spec.history:
        assert things.history.version(name, 1)["gone"] == 1


def test_a_rehearsal_leaves_nothing(things: engine.Collection, stored: Stored) -> None:
    ids = things.insert([{"code": f"c{n}", "level": 1} for n in range(8)])
    before = stored(system=True)
    found = things.preview(Update(Query(), Operators({"$inc": {"level": 1}})))
    assert (found.count, [sample.id for sample in found.samples]) == (8, ids[:5])
    assert [sample.before for sample in found.samples] == before[:5]
    assert {sample.after["level"] for sample in found.samples if sample.after} == {2}
    gone = things.preview(Delete(Query()))
    assert (gone.count, {sample.after for sample in gone.samples}) == (8, {None})
    refusal(engine.Invalid, things.preview, Update(Query(), Operators({"$inc": {"level": 5}})))
    refusal(engine.Conflict, things.preview, Update(Query(), Change({"code": "same"})))
    refusal(engine.Conflict, things.preview, Delete(Query(), Precondition(max_affected=7)))
    assert stored(system=True) == before
    if things.spec.history:
        assert stored("things.versions") == []


def test_a_rehearsal_needs_reading(make: Make) -> None:
    things = make(allowed=frozenset({engine.Action.WRITE, engine.Action.DELETE}))
    refusal(engine.Forbidden, things.preview, Update(Query(), Change({"a": 1})))
    refusal(engine.Forbidden, things.preview, Delete(Query()))


def test_together_is_all_or_none(things: engine.Collection, stored: Stored) -> None:
    (name,) = things.insert([{"code": "x"}])
    before = stored(system=True)

    def work(to: engine.Collection) -> None:
        to.insert([{"code": "y"}, {"code": "z"}])
        to.update(Query({"code": "y"}), Change({"n": 1}))
        to.delete(Query({"_id": str(name)}))
        to.in_transaction(lambda inner: inner.insert([{"code": "w"}]))
        assert to.store.count(to.database, to.spec.physical, {}) == 3
        to.insert([{"code": "w"}])

    refusal(engine.Conflict, things.in_transaction, work)
    assert stored(system=True) == before
