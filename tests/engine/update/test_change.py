"""What an update sets: every fault of it at once, and what becomes of the documents."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine
from engine.context.context import stamp
from engine.limits import Limits
from engine.query.query import Query
from engine.schema import parse_schema
from engine.schema.schema import Schema
from engine.update.change import Change
from tests.engine.conftest import Make
from tests.engine.strategies import PLAIN_NAMES, STORABLE_VALUES, examples, faults, refusal, same

LIMITS = Limits()
COUNT = "Must name from 1 to 1000 fields (MAX_COLLECTION_FIELDS)."
INSIDE = "The same change sets something inside this field."
EMPTY = "A field name must not be empty."
Stored = Callable[..., list[dict[str, Any]]]


@pytest.fixture(params=[False, True], ids=["plain", "with history"])
def history(request: pytest.FixtureRequest) -> bool:
    return request.param


# --- what is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"update_data": COUNT}),
        (dict.fromkeys(map(str, range(1001)), 1), {"update_data": COUNT}),
        ({"_id": 1}, {"update_data._id": "'_id' is set by the service and cannot be written."}),
        ({"_id.x": 1}, {"update_data._id.x": "'_id' is set by the service and cannot be written."}),
        ({"_sys": {}}, {"update_data._sys": "'_sys' is set by the service and cannot be written."}),
        ({"_sys.version": 7}, {"update_data._sys.version": "'_sys' is set by the service and cannot be written."}),
        ({"$set": {"a": 1}}, {"update_data.$set": "A field name must not begin with '$'."}),
        ({"a.$": 1}, {"update_data.a.$": "A field name must not begin with '$'."}),
        ({"a.$[]": 1}, {"update_data.a.$[]": "A field name must not begin with '$'."}),
        ({"a": {"$inc": 1}}, {"update_data.a.$inc": "A field name must not begin with '$'."}),
        ({"a": [{"b.c": 1}]}, {"update_data.a.0.b.c": "A field name must not contain a dot."}),
        ({"": 1}, {"update_data.": EMPTY}),
        ({"a.": 1}, {"update_data.a.": EMPTY}),
        ({".a": 1}, {"update_data..a": EMPTY}),
        ({"a..b": 1}, {"update_data.a..b": EMPTY}),
        ({"a\0": 1}, {"update_data.a\0": "A field name must not contain NUL."}),
        ({"a": 2**63}, {"update_data.a": "The integer does not fit in 64 bits."}),
        ({".".join("a" * 33): 1}, {"update_data." + ".".join("a" * 33): "Deeper than 32 levels (MAX_DEPTH)."}),
        ({"a": 1, "a.b": 2}, {"update_data.a": INSIDE}),
        ({"a.b.c": 1, "a.b": 2, "ab": 1}, {"update_data.a.b": INSIDE}),
        ({"n": "x"}, {"update_data.n": "Must be a number."}),
        ({"name": None}, {"update_data.name": "This field is required."}),
        (
            {"name.first": "x"},
            {"update_data.name.first": "The field 'name' is of type string and has nothing inside it."},
        ),
        ({"other": 1}, {"update_data.other": "The collection is strict and has no such field."}),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    make: Make, stored: Stored, values: dict[str, Any], expected: dict[str, str]
) -> None:
    declared = [{"name": "n", "type": "number"}, {"name": "name", "required": True}]
    loose = [{"name": name, "type": "object"} for name in ("a", "ab")] if "other" in values else []
    things = make(*declared, *loose, strict="other" in values)
    things.insert([{"name": "x", "n": 1}])
    before = stored(system=True)
    for only_existing in (False, True):
        told = faults(engine.Invalid, things.update, Query(), Change(values, only_existing=only_existing))
        assert dict(told) == expected
    assert stored(system=True) == before


def test_every_fault_at_once() -> None:
    schema, _ = parse_schema([{"name": "n", "type": "number"}, {"name": "r", "required": True}], limits=LIMITS)
    values = {"n": "x", "r": None, "_id": 1, "a.": 1, "b": {"$c": 2**64}, "b.d": 1}
    told = faults(engine.Invalid, Change(values, root="set").compiled, schema, limits=LIMITS)
    assert {place for place, _ in told} == {"set.n", "set.r", "set._id", "set.a.", "set.b.$c", "set.b"}
    assert len(told) == 7


def test_what_is_set_deep_inside_keeps_the_cap_on_depth() -> None:
    path = ".".join("a" * 30)
    Change({path: {"b": {}}}).compiled(Schema(), limits=LIMITS)
    assert faults(engine.Invalid, Change({path: {"b": {"c": {}}}}).compiled, Schema(), limits=LIMITS) == [
        (f"update_data.{path}.b.c", "Nested deeper than 32 levels (MAX_DEPTH).")
    ]


def test_very_many_paths_are_refused_quickly() -> None:
    began = time.process_time()
    refusal(engine.Invalid, Change({f"a{n}.b": 1 for n in range(300_000)}).compiled, Schema(), limits=LIMITS)
    assert time.process_time() - began < 10


# --- what is set --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "values", "after", "after_only_existing"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}, None),
        ({"a": 1}, {"a": 2, "b": 2}, {"a": 2, "b": 2}, {"a": 2}),
        ({"a": None}, {"a": 2}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": None}, {"a": None}, {"a": None}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 2}}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ({"a": {"b": 1, "c": 2}}, {"a.b": 2}, {"a": {"b": 2, "c": 2}}, {"a": {"b": 2, "c": 2}}),
        ({"a": {"b": 1}}, {"a.c": 2}, {"a": {"b": 1, "c": 2}}, None),
        ({"a": {"b": 1}}, {"a.b": 2, "a.c": 3}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 2}}),
        ({"a": {}}, {"a.b.c.d": 1}, {"a": {"b": {"c": {"d": 1}}}}, None),
        ({"a": {"b": {"c": 1}}}, {"a.b.c": {"d": 1}}, {"a": {"b": {"c": {"d": 1}}}}, {"a": {"b": {"c": {"d": 1}}}}),
        ({"x": 0}, {"a.b": 1, "x": 1}, {"x": 1, "a": {"b": 1}}, {"x": 1}),
        ({"a b": {"c d": 1}}, {"a b.c d": 2, "a b.e f": 3}, {"a b": {"c d": 2, "e f": 3}}, {"a b": {"c d": 2}}),
        ({"é": {"🦉": 1}}, {"é.🦉": 2}, {"é": {"🦉": 2}}, {"é": {"🦉": 2}}),
        ({"a$b": 1, "c": {"d$": 1}}, {"a$b": 2, "c.d$": 2}, {"a$b": 2, "c": {"d$": 2}}, {"a$b": 2, "c": {"d$": 2}}),
        ({"ROOT": 1, "NOW": 1}, {"ROOT": 2, "NOW": 3}, {"ROOT": 2, "NOW": 3}, {"ROOT": 2, "NOW": 3}),
        ({"a": 1}, {"a": "$a"}, {"a": "$a"}, {"a": "$a"}),
        ({"a": 1}, {"a": "$$REMOVE"}, {"a": "$$REMOVE"}, {"a": "$$REMOVE"}),
        ({"a": {"b": 1}}, {"a.b": {"c": "$$NOW"}}, {"a": {"b": {"c": "$$NOW"}}}, {"a": {"b": {"c": "$$NOW"}}}),
        ({"a": {"0": 1}}, {"a.0": 2}, {"a": {"0": 2}}, {"a": {"0": 2}}),
        ({"a": [1, 2], "x": 0}, {"a.0": 9, "x": 1}, {"a": [9, 2], "x": 1}, {"a": [1, 2], "x": 1}),
        ({"a": [1, 2]}, {"a.3": 9}, {"a": [1, 2, None, 9]}, None),
        ({"a": [{"b": 1}]}, {"a.0.b": 2}, {"a": [{"b": 2}]}, None),
        ({"a": [], "x": 0}, {"a": [1], "x": 1}, {"a": [1], "x": 1}, {"a": [1], "x": 1}),
        ({"a": {"": 1}}, {"a": {"": 2}}, {"a": {"": 2}}, {"a": {"": 2}}),
    ],
)
def test_what_becomes_of_a_document(
    make: Make, stored: Stored, history: bool, before: Any, values: Any, after: Any, after_only_existing: Any
) -> None:
    things = make(history=history)
    (first, second, _) = things.insert([before, before, {"untouched": 1}])
    assert things.update(Query({"_id": {"$ne": str(second)}, "untouched": None}), Change(values)) == 1
    # By its id alone it goes another way, outside any transaction.
    only = Change(values, only_existing=True)
    assert things.update(Query({"_id": str(second)}), only) == (after_only_existing is not None)
    found = stored()
    assert same(found[0], after)
    assert same(found[1], before if after_only_existing is None else after_only_existing)
    assert found[2] == {"untouched": 1}
    versions = [document["_sys"]["version"] for document in stored(system=True)]
    assert versions == [2, 1 if after_only_existing is None else 2, 1]
    assert first != second


@pytest.mark.parametrize(
    ("before", "values"),
    [
        ({"a": 5, "x": 0}, {"a.b": 2}),
        ({"a": 5, "x": 0}, {"x": 1, "a.b": 2}),
        ({"a": None, "x": 0}, {"x": 1, "a.b": 2}),
        ({"a": "text", "x": 0}, {"x": 1, "a.0": 2}),
        ({"a": [{"b": 1}], "x": 0}, {"x": 1, "a.b": 2}),
        ({"a": {"b": True}, "x": 0}, {"x": 1, "a.b.c": 2}),
        ({"a": [1] * 3, "x": 0}, {"x": 1, "a.b": 2}),
    ],
)
def test_a_path_through_a_value_that_has_nothing_inside_changes_nothing(
    make: Make, stored: Stored, history: bool, before: Any, values: Any
) -> None:
    things = make(history=history)
    (name, _) = things.insert([before, {"a": {"b": {}}, "x": 0}])
    unchanged = stored(system=True)
    for query in (Query({"_id": str(name)}), Query({"x": 0})):
        refusal(engine.Invalid, things.update, query, Change(values))
        assert stored(system=True) == unchanged
    # Where only what exists is set, the value is simply not there.
    things.update(Query({"_id": str(name)}), Change(values, only_existing=True))
    assert same(stored()[0], before | ({"x": 1} if "x" in values else {}))


def at(document: Any, path: str) -> Any:
    """What lies at a path that leads through objects alone, or the ellipsis."""
    for name in path.split("."):
        document = document.get(name, ...) if isinstance(document, dict) else ...
    return document


def placed(document: Any, path: str, value: Any) -> Any:
    name, _, rest = path.partition(".")
    return document | {name: placed(document[name], rest, value) if rest else value}


PATHS = st.lists(PLAIN_NAMES.filter(bool) | st.sampled_from("abc"), min_size=1, max_size=3).map(".".join)
SIMPLE = st.recursive(
    st.sampled_from([0, None, "x", [1], [{"a": 1}]]),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=9,
)


@settings(
    max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.dictionaries(st.sampled_from("abc"), SIMPLE, max_size=3),
    st.dictionaries(PATHS, STORABLE_VALUES, min_size=1, max_size=4),
)
def test_only_existing_against_a_model_in_python(
    store: engine.Store, shared: str, document: dict[str, Any], values: dict[str, Any]
) -> None:
    things = engine.Collection(
        store, shared, engine.CollectionSpec("c", "c", Schema(), history=False), "t", engine.ALL_ACTIONS
    )
    (name,) = things.insert([document])
    try:
        count = things.update(Query({"_id": str(name)}), Change(values, only_existing=True))
    except engine.Invalid as problem:
        assert all(fault.message == INSIDE or "reserved" in fault.message for fault in problem.errors), problem
        return
    expected = document
    for path, value in values.items():
        if at(document, path) is not ...:
            expected = placed(expected, path, value)
    found = things.find(Query({"_id": str(name)})).documents[0]
    system = found.pop("_sys")
    del found["_id"]
    assert same(found, expected)
    touched = any(at(document, path) is not ... for path in values)
    assert (count, system["version"]) == (touched, 1 + touched)


@pytest.mark.parametrize("only_existing", [False, True])
def test_as_deep_as_documents_go(make: Make, stored: Stored, only_existing: bool) -> None:
    things = make()
    document: Any = 1
    for _ in range(32):
        document = {"a": document}
    things.insert([document])
    path = ".".join("a" * 32)
    assert things.update(Query({path: 1}), Change({path: 2}, only_existing=only_existing)) == 1
    assert things.find(Query({path: 2})).total == 1
    assert at(stored()[0], path) == 2


def test_many_paths_into_one_field(make: Make, stored: Stored) -> None:
    things = make()
    things.insert([{"a": {f"f{n}": n for n in range(0, 1000, 2)}}])
    values = {f"a.f{n}": -n for n in range(1000)}
    assert things.update(Query(), Change(values, only_existing=True)) == 1
    assert stored() == [{"a": {f"f{n}": -n for n in range(0, 1000, 2)}}]


# --- the system's own fields --------------------------------------------------------------------------


@pytest.mark.parametrize("only_existing", [False, True])
def test_the_version_rises_by_one_and_the_beginning_stays(
    make: Make, stored: Stored, history: bool, only_existing: bool
) -> None:
    things = make(history=history)
    things.insert([{"a": 1}, {"a": 1}])
    began = stored(system=True)[0]["_sys"]
    assert began == {**began, "version": 1, "created_by": "tester", "updated_by": "tester"}
    assert began["created"] == began["updated"]
    time.sleep(0.005)
    # An actor's name is a value: it names no field.
    other = engine.Collection(things.store, things.database, things.spec, "$a", things.allowed)
    for version in (2, 3):
        assert other.update(Query(), Change({"a": version}, only_existing=only_existing)) == 2
        for document in stored(system=True):
            system = document["_sys"]
            assert system == {**began, "version": version, "updated": system["updated"], "updated_by": "$a"}
            assert began["updated"] < system["updated"] <= datetime.utcnow()


def test_stamps_are_the_same_for_a_whole_batch() -> None:
    documents: list[dict[str, Any]] = [{"a": 1}, {}]
    moment = datetime(2023, 10, 27)
    stamp(documents, ids=["x", "y"], actor="me", now=moment)
    assert [document["_id"] for document in documents] == ["x", "y"]
    assert documents[0]["_sys"] == documents[1]["_sys"]
    assert documents[0]["_sys"] is not documents[1]["_sys"]
    assert documents[0]["_sys"] == {
        **{"version": 1, "created": moment, "created_by": "me", "updated": moment, "updated_by": "me"},
    }


# --- several documents --------------------------------------------------------------------------------


@pytest.mark.parametrize("only_existing", [False, True])
def test_a_clash_half_way_changes_nothing(make: Make, stored: Stored, history: bool, only_existing: bool) -> None:
    things = make({"name": "code", "unique": True}, history=history)
    things.insert([{"code": f"c{n}", "n": n} for n in range(5)])
    before = stored(system=True)
    change = Change({"code": "same", "n": -1}, only_existing=only_existing)
    for query in (Query(), Query({"n": {"$gte": 1}}), Query({"_id": str(before[3]["_id"]), "n": 3})):
        if query.filter.get("_id"):
            change = Change({"code": "c1", "n": -1}, only_existing=only_existing)
        told = faults(engine.Conflict, things.update, query, change)
        assert told == [("code", "Another document already has this value; code must be unique.")]
        assert stored(system=True) == before
    assert things.update(Query({"n": 2}), Change({"code": "same"}, only_existing=only_existing)) == 1


@pytest.mark.parametrize(
    "filter", [{"$expr": {"$eq": ["$n", 1]}}, {"$and": [{"n": 1}]}, {"$or": [{"n": 1}]}, {"n": 1}]
)
def test_only_existing_does_not_widen_the_filter(
    make: Make, stored: Stored, history: bool, filter: dict[str, Any]
) -> None:
    things = make(history=history)
    things.insert([{"n": number, "a": {"b": 0}} for number in range(3)])
    change = Change({"a.b": 9, "c.d": 9}, only_existing=True)
    assert things.update(Query(filter), change) == 1
    assert [document["a"]["b"] for document in stored()] == [0, 9, 0]


def test_how_many_were_written(make: Make, history: bool) -> None:
    things = make(history=history)
    ids = things.insert([{"a": 1}, {"a": 1}, {"b": 1}])
    assert things.update(Query({"a": 1}), Change({"a": 1})) == 2
    assert things.update(Query({"a": 9}), Change({"a": 1})) == 0
    assert things.update(Query({"_id": str(ids[2])}), Change({"c": 1})) == 1
    assert things.update(Query({"_id": "0" * 24}), Change({"c": 1})) == 0
    assert things.update(Query({"_id": str(ids[2]), "b": 2}), Change({"c": 2})) == 0
    assert things.update(Query(), Change({"a": 2}, only_existing=True)) == 2
