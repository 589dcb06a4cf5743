"""The operators of an update: what is refused, what MongoDB makes of the rest, and what of that is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient, monitoring

import engine
from engine import Query
from engine.encoding import plain
from engine.limits import Limits
from engine.query import OPERATORS
from engine.schema import parse_schema
from engine.schema.json_schema import Budget
from engine.schema.schema import Schema
from engine.update import Operators
from engine.update.operators import UPDATE_OPERATORS
from tests.engine.conftest import Make
from tests.engine.strategies import SCALARS, examples, faults, refusal

LIMITS = Limits()
NOW = datetime(2026, 11, 20)
OWN = "{!r} is set by the service and cannot be written."
TWICE = "The same change does something else to this field, or to one that it lies in."
DOLLAR = "A field name must not begin with '$'."
DATE = 'Must be true, {"$type": "date"} or {"$type": "timestamp"}.'
PLACE = "Must be a whole number from -2147483647 to 2147483647."
ORDER = "Must be 1 or -1, or an object that gives each field 1 or -1."
COUNT = "Must name from 1 to 1000 fields (MAX_COLLECTION_FIELDS)."
NUMBER = "Must be a number."
ELEMENTS = "The elements of the array 'tags' cannot be set one by one; set the whole array."
ISO = "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."
REQUIRED = "This field is required."
KIND = "{} does not go with a field of type {}."
FIELDS = (
    {"name": "name", "type": "string", "required": True},
    {"name": "n", "type": "number"},
    {"name": "level", "type": "number", "enum": [1, 2, 3]},
    {"name": "price", "type": "decimal128"},
    {"name": "tags", "type": "array"},
    {"name": "few", "type": "array", "enum": [[], ["a"], ["a", "b"]]},
    {"name": "day", "type": "date"},
    {"name": "stamp", "type": "timestamp"},
    {"name": "deep", "type": "object"},
    {"name": "ok", "type": "boolean"},
    {"name": "email", "type": "string", "unique": True},
)
DOCUMENT: dict[str, Any] = {"name": "x", "n": 5, "level": 2, "tags": ["a", "b"], "deep": {"n": 1}, "free": [3, 1]}
Stored = Callable[..., list[dict[str, Any]]]


@pytest.fixture(params=[False, True], ids=["plain", "with history"])
def history(request: pytest.FixtureRequest) -> bool:
    return request.param


# --- what is refused before anything is asked of MongoDB ----------------------------------------------


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"$where": {"a": 1}}, {"$where": "The operator $where is not allowed here."}),
        ({"$bit": {"a": {"and": 1}}}, {"$bit": "The operator $bit is not allowed here."}),
        ({"$": {"a": 1}}, {"$": "The operator $ is not allowed here."}),
        ({"$set": 1}, {"$set": "Must be an object that names at least one field."}),
        ({"$set": {}, "a": 1}, {"$set": "Must be an object that names at least one field."}),
        ({"$set": {"_id": 1}}, {"$set._id": OWN.format("_id")}),
        ({"$unset": {"_sys.version": 1}}, {"$unset._sys.version": OWN.format("_sys")}),
        ({"$inc": {"_sys.version": 5}}, {"$inc._sys.version": OWN.format("_sys")}),
        ({"$rename": {"free": "_id"}}, {"$rename.free": OWN.format("_id")}),
        ({"$rename": {"free": "_sys.x"}}, {"$rename.free": OWN.format("_sys")}),
        ({"$rename": {"_id": "a"}}, {"$rename._id": OWN.format("_id")}),
        ({"$rename": {"a": "a"}}, {"$rename.a": TWICE}),
        ({"$rename": {"a": "a.b"}}, {"$rename.a": TWICE}),
        ({"$rename": {"a": "$b"}}, {"$rename.a": DOLLAR}),
        ({"$rename": {"a": ""}}, {"$rename.a": "A field name must not be empty."}),
        ({"$rename": {"a": 7}}, {"$rename.a": "Must be the new name."}),
        ({"$rename": {"name": "a"}}, {"$rename.name": REQUIRED}),
        (
            {"$rename": {"a": "name.x"}},
            {"$rename.a": "The field 'name' is of type string and has nothing inside it."},
        ),
        ({"$unset": {"name": ""}}, {"$unset.name": REQUIRED}),
        ({"$unset": {"a": "yes"}}, {"$unset.a": 'Must be true, 1 or "".'}),
        ({"$set": {"name": None}}, {"$set.name": REQUIRED}),
        ({"$set": {"n": "x"}}, {"$set.n": NUMBER}),
        ({"$setOnInsert": {"n": "x"}}, {"$setOnInsert.n": NUMBER}),
        ({"$inc": {"name": 1}}, {"$inc.name": KIND.format("$inc", "string")}),
        ({"$mul": {"tags": 1}}, {"$mul.tags": KIND.format("$mul", "array")}),
        ({"$inc": {"n": "1"}}, {"$inc.n": NUMBER}),
        ({"$inc": {"a": True}}, {"$inc.a": NUMBER}),
        ({"$inc": {"a": {"$add": 1}}}, {"$inc.a.$add": DOLLAR, "$inc.a": NUMBER}),
        ({"$inc": {"deep.n": None}}, {"$inc.deep.n": NUMBER}),
        ({"$inc": {"tags.0": 1}}, {"$inc.tags.0": ELEMENTS}),
        ({"$min": {"deep": 1}}, {"$min.deep": KIND.format("$min", "object")}),
        ({"$max": {"tags": ["z"]}}, {"$max.tags": KIND.format("$max", "array")}),
        ({"$max": {"level": 9}}, {"$max.level": "Must be one of 1, 2, 3."}),
        ({"$min": {"day": "soon"}}, {"$min.day": ISO}),
        ({"$currentDate": {"a": 1}}, {"$currentDate.a": DATE}),
        ({"$currentDate": {"a": {"$type": "x"}}}, {"$currentDate.a": DATE}),
        ({"$currentDate": {"a": {"$type": "date", "b": 1}}}, {"$currentDate.a": DATE}),
        (
            {"$currentDate": {"day": {"$type": "timestamp"}}},
            {"$currentDate.day": KIND.format("$currentDate", "date")},
        ),
        ({"$currentDate": {"name": True}}, {"$currentDate.name": KIND.format("$currentDate", "string")}),
        ({"$push": {"n": 1}}, {"$push.n": KIND.format("$push", "number")}),
        ({"$addToSet": {"name": 1}}, {"$addToSet.name": KIND.format("$addToSet", "string")}),
        ({"$pop": {"n": 1}}, {"$pop.n": KIND.format("$pop", "number")}),
        ({"$pull": {"n": 1}}, {"$pull.n": KIND.format("$pull", "number")}),
        ({"$push": {"a": {"$each": 1}}}, {"$push.a.$each": "Must be an array."}),
        ({"$push": {"a": {"$each": [], "$where": 1}}}, {"$push.a.$where": "$where is not allowed here."}),
        ({"$push": {"a": {"$each": [], "b": 1}}}, {"$push.a.b": "b is not allowed here."}),
        ({"$push": {"a": {"$slice": 1}}}, {"$push.a": "Needs $each beside the others."}),
        ({"$push": {"a": {"$each": [{"$x": 1}]}}}, {"$push.a.$each.0.$x": DOLLAR}),
        ({"$push": {"a": {"b": {"$x": 1}}}}, {"$push.a.b.$x": DOLLAR}),
        ({"$push": {"a": {"$each": [], "$slice": 1.5}}}, {"$push.a.$slice": PLACE}),
        ({"$push": {"a": {"$each": [], "$position": True}}}, {"$push.a.$position": PLACE}),
        ({"$push": {"a": {"$each": [], "$sort": 2}}}, {"$push.a.$sort": ORDER}),
        ({"$push": {"a": {"$each": [], "$sort": {}}}}, {"$push.a.$sort": ORDER}),
        ({"$push": {"a": {"$each": [], "$sort": {"$b": 1}}}}, {"$push.a.$sort.$b": DOLLAR}),
        ({"$addToSet": {"a": {"$each": [], "$slice": 1}}}, {"$addToSet.a.$slice": "$slice is not allowed here."}),
        ({"$pop": {"a": 2}}, {"$pop.a": "Must be 1, for the last element, or -1, for the first."}),
        ({"$pop": {"a": True}}, {"$pop.a": "Must be 1, for the last element, or -1, for the first."}),
        ({"$pull": {"a": {"$where": "1"}}}, {"$pull.a.$where": "The operator $where is not allowed here."}),
        ({"$pull": {"a": {"b": {"$expr": 1}}}}, {"$pull.a.b.$expr": "The operator $expr is not allowed here."}),
        (
            {"$pull": {"a": {"$or": [{"$function": 1}]}}},
            {"$pull.a.$or.0.$function": "The operator $function is not allowed here."},
        ),
        ({"$pull": {"a": {"$in": 1}}}, {"$pull.a.$in": "Must be an array."}),
        ({"$set": {"$[]": 1}}, {"$set.$[]": DOLLAR}),
        ({"$inc": {"a.$[X]": 1}}, {"$inc.a.$[X]": DOLLAR}),
        ({"$inc": {"a.$x.b": 1}}, {"$inc.a.$x.b": DOLLAR}),
        ({"$inc": {"a.999999": 1}}, {"$inc.a.999999": "There is no element beyond 100000 (MAX_DOCUMENT_NODES)."}),
        ({"$inc": {"": 1}}, {"$inc.": "A field name must not be empty."}),
        ({"$set": {"a": 1}, "a": 2}, {"a": TWICE}),
        ({"$set": {"a": 1}, "$inc": {"a": 2}}, {"$inc.a": TWICE}),
        ({"$set": {"a.b": 1}, "$unset": {"a": 1}}, {"$unset.a": TWICE, "$set.a.b": TWICE}),
        ({"$rename": {"a": "b"}, "$set": {"b.c": 2}}, {"$rename.a": TWICE, "$set.b.c": TWICE}),
        ({"$set": {"a": 1}, "$setOnInsert": {"a": 2}}, {"$setOnInsert.a": TWICE}),
        ({"$set": {}}, {"": COUNT}),
        ({"$set": {f"f{n}": 1 for n in range(1001)}}, {"": COUNT}),
        (
            {"$inc": {"n": "x"}, "$push": {"n": 1}, "_id": 1},
            {"$inc.n": NUMBER, "$push.n": TWICE, "_id": OWN.format("_id")},
        ),
    ],
)
def test_an_update_that_is_refused_changes_nothing(
    make: Make, stored: Stored, update: dict[str, Any], expected: dict[str, str]
) -> None:
    things = make(*FIELDS)
    things.insert([DOCUMENT])
    before = stored(system=True)
    told = dict(faults(engine.Invalid, things.update, Query(), Operators(update)))
    assert told == {f"update_data.{place}" if place else "update_data": text for place, text in expected.items()}
    assert stored(system=True) == before


@pytest.mark.parametrize("update", [{"$set": {"other": 1}}, {"other": 1}, {"$rename": {"known": "other"}}])
def test_a_strict_collection_gets_no_other_fields(make: Make, stored: Stored, update: dict[str, Any]) -> None:
    things = make({"name": "known"}, strict=True)
    things.insert([{"known": "x"}])
    ((_, text),) = faults(engine.Invalid, things.update, Query(), Operators(update))
    assert text == "The collection is strict and has no such field."
    assert stored() == [{"known": "x"}]


def test_a_filter_in_pull_keeps_the_caps_of_filters() -> None:
    wide = Operators({"$pull": {"a": {"$in": [0] * 3000}}})
    refusal(engine.TooLarge, wide.compile, Schema(), limits=LIMITS, actor="t", now=NOW)
    deep: Any = {"x": 1}
    for _ in range(40):
        deep = {"$and": [deep]}
    refusal(engine.TooLarge, Operators({"$pull": {"a": deep}}).compile, Schema(), limits=LIMITS, actor="t", now=NOW)


# --- what the operators do ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("update", "changed"),
    [
        ({"$set": {"n": 7, "deep.x": 1}, "other": 2}, {"n": 7, "deep": {"n": 1, "x": 1}, "other": 2}),
        ({"$unset": {"n": "", "deep.n": True, "no": 1}}, {"n": ..., "deep": {}}),
        ({"$inc": {"n": 3, "new": -2, "deep.n": 0.5}}, {"n": 8, "new": -2, "deep": {"n": 1.5}}),
        ({"$inc": {"n": 2**40}}, {"n": 5 + 2**40}),
        ({"$mul": {"n": 3, "level": 0.5, "new": 9}}, {"n": 15, "level": 1.0, "new": 0}),
        ({"$min": {"n": 4, "level": 3}}, {"n": 4}),
        ({"$max": {"n": 4, "level": 3, "new": "x"}}, {"level": 3, "new": "x"}),
        ({"$rename": {"free": "tags2", "deep.n": "n2"}}, {"free": ..., "tags2": [3, 1], "deep": {}, "n2": 1}),
        ({"$rename": {"free": "tags", "no": "name"}}, {"free": ..., "tags": [3, 1]}),
        ({"$push": {"tags": "c", "list": {"a": 1}}}, {"tags": ["a", "b", "c"], "list": [{"a": 1}]}),
        ({"$push": {"free": [9]}}, {"free": [3, 1, [9]]}),
        ({"$push": {"free": {"$each": [2, 7], "$sort": 1, "$slice": -3}}}, {"free": [2, 3, 7]}),
        ({"$push": {"free": {"$each": [2], "$position": 0}}}, {"free": [2, 3, 1]}),
        ({"$push": {"few": {"$each": ["a", "b"], "$slice": 1}}}, {"few": ["a"]}),
        (
            {"$push": {"list": {"$each": [{"a": 2}, {"a": 1}], "$sort": {"a": 1}}}},
            {"list": [{"a": 1}, {"a": 2}]},
        ),
        ({"$addToSet": {"tags": "a", "free": {"$each": [1, 2, 2]}}}, {"free": [3, 1, 2]}),
        ({"$pull": {"tags": "a", "free": {"$gte": 2}}}, {"tags": ["b"], "free": [1]}),
        ({"$pull": {"tags": {"$in": ["a", "z"]}}}, {"tags": ["b"]}),
        ({"$pop": {"tags": 1, "free": -1}}, {"tags": ["a"], "free": [1]}),
        ({"$setOnInsert": {"n": 9}, "other": 1}, {"other": 1}),
        ({"$inc": {"price": "0.1"}}, {"price": "0.1"}),
    ],
)
def test_what_operators_do(make: Make, history: bool, update: dict[str, Any], changed: dict[str, Any]) -> None:
    things = make(*FIELDS, history=history)
    (name, _) = things.insert([DOCUMENT, {"name": "other", "n": 1, "tags": [], "deep": {}, "free": []}])
    assert things.update(Query({"_id": str(name)}), Operators(update)) == 1
    found = plain(things.find(Query({"_id": str(name)})).documents[0])
    assert (found["_sys"]["version"], found["_sys"]["updated_by"]) == (2, "tester")
    expected = {key: value for key, value in (DOCUMENT | changed).items() if value is not ...}
    assert {key: value for key, value in found.items() if key not in ("_id", "_sys")} == expected
    if history:
        before = things.history.version(name, 1)
        assert {key: value for key, value in before.items() if key not in ("_id", "_sys")} == DOCUMENT


def test_pull_compares_elements_that_are_objects(make: Make, stored: Stored) -> None:
    things = make({"name": "items", "type": "array"})
    things.insert([{"items": [{"n": 1, "k": "a"}, {"n": 5, "k": "b"}, {"n": 9, "k": "a"}, 7]}])
    things.update(Query(), Operators({"$pull": {"items": {"n": {"$lt": 6}, "k": "a"}}}))
    things.update(Query(), Operators({"$pull": {"items": {"$or": [{"n": 9}, {"k": "z"}]}}}))
    assert stored() == [{"items": [{"n": 5, "k": "b"}, 7]}]


def test_the_current_date(make: Make, stored: Stored) -> None:
    things = make(*FIELDS)
    things.insert([{"name": "x"}])
    update = {"$currentDate": {"day": True, "seen": {"$type": "date"}, "stamp": {"$type": "timestamp"}}}
    assert things.update(Query(), Operators(update)) == 1
    (found,) = stored()
    near = datetime.now(UTC).replace(tzinfo=None)
    assert near - timedelta(seconds=60) < found["day"] <= near + timedelta(seconds=1)
    assert datetime.fromisoformat(found["seen"]).tzinfo == UTC
    assert found["stamp"].time > 0


def test_one_version_more_for_each_update_of_many(make: Make, stored: Stored, history: bool) -> None:
    things = make(history=history)
    things.insert([{"n": n} for n in range(2_345)])
    assert things.update(Query({"n": {"$gte": 1}}), Operators({"$inc": {"n": 1}})) == 2_344
    assert things.update(Query({"n": {"$gte": 1}}), Operators({"$mul": {"n": 0.5}})) == 2_344
    assert [item["_sys"]["version"] for item in stored(system=True)] == [1] + [3] * 2_344


# --- the result is checked ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("update", "field", "text"),
    [
        ({"$inc": {"level": 2}}, "level", "Must be one of 1, 2, 3."),
        ({"$mul": {"level": 0.7}}, "level", "Must be one of 1, 2, 3."),
        ({"$push": {"few": "z"}}, "few", 'Must be one of [], ["a"], ["a","b"].'),
        ({"$rename": {"free": "n"}}, "n", "Must be a number."),
        ({"$rename": {"free": "name"}}, "name", "Must be a string."),
        ({"$rename": {"none": "name"}, "$set": {"free": 1}}, "name", REQUIRED),
        ({"$rename": {"when": "day"}}, "day", "Must be stored as date."),
        ({"$mul": {"n": 1e308}}, "n", "The number is too large or is not a number."),
        ({"$inc": {"deep.big": 1.7e308}}, "deep", "The number is too large or is not a number."),
        ({"$mul": {"price": "1e6000"}}, "price", "The number is too large or is not a number."),
    ],
)
def test_a_result_that_is_not_allowed_changes_nothing(
    make: Make, stored: Stored, history: bool, update: dict[str, Any], field: str, text: str
) -> None:
    things = make(*FIELDS, history=history)
    more = {"none": None, "when": "2026-01-01", "n": 5e10, "price": "1e6000", "deep": {"big": 1.7e308}}
    good = {**DOCUMENT, "level": 1, "n": 1, "none": "x", "deep": {"big": 1}}
    if update == {"$rename": {"when": "day"}} or "level" in update.get("$mul", {}):
        good |= {"when": ..., "level": 2}
    good_id, bad_id = things.insert([{k: v for k, v in good.items() if v is not ...}, DOCUMENT | more])
    before = stored(system=True)
    for query in (Query({"_id": str(bad_id)}), Query({"_id": {"$in": [str(bad_id)]}})):
        told = faults(engine.Invalid, things.update, query, Operators(update))
        assert told == [(field, f"{text} (In the document {bad_id}.)")]
        assert stored(system=True) == before
    refusal(engine.Invalid, things.update, Query(), Operators(update))
    assert stored(system=True) == before
    if history:
        assert not things.history.of_document(good_id, skip=1, limit=9).documents


def test_every_fault_of_every_result(make: Make, stored: Stored) -> None:
    things = make(*FIELDS)
    ids = things.insert([{"name": "x", "level": 2, "free": n} for n in range(3)])
    told = faults(
        engine.Invalid, things.update, Query(), Operators({"$inc": {"level": 7}, "$rename": {"free": "tags"}})
    )
    assert told == [
        (field, f"{text} (In the document {name}.)")
        for name in ids
        for field, text in (("level", "Must be one of 1, 2, 3."), ("tags", "Must be an array."))
    ]
    assert [item["level"] for item in stored()] == [2, 2, 2]


def test_faults_that_were_there_before_do_not_matter(make: Make, stored: Stored) -> None:
    """As when fields were declared after documents had been imported."""
    things = make({"name": "n", "type": "number"}, name="things")
    things.store.collection(things.database, "things").insert_one({"n": "text", "m": 1, "_sys": {"version": 1}})
    assert things.update(Query(), Operators({"$mul": {"m": 3}})) == 1
    assert stored() == [{"n": "text", "m": 3}]


def test_what_is_renamed_keeps_the_cap_on_depth(make: Make, stored: Stored) -> None:
    things = make()
    deep: Any = 1
    for _ in range(31):
        deep = {"a": deep}
    things.insert([{"a": deep}])
    ((field, text),) = faults(engine.Invalid, things.update, Query(), Operators({"$rename": {"a": "b.c.d"}}))
    assert (field.startswith("b.c.d.a"), "MAX_DEPTH" in text) == (True, True)
    assert stored() == [{"a": deep}]


@pytest.mark.parametrize(
    "update",
    [
        {"$inc": {"text": 1}},
        {"$inc": {"big": 2**62}},
        {"$mul": {"text": 2}},
        {"$push": {"text": 1}},
        {"$addToSet": {"text": 1}},
        {"$pull": {"text": 1}},
        {"$pop": {"text": 1}},
        {"$set": {"text.a": 1}},
        {"$rename": {"list.0": "x"}},
        {"$rename": {"text": "list.0"}},
        {"$inc": {"list.a": 1}},
        {"$push": {"none": 1}},
        {"$inc": {"none": 1}},
        {"$pull": {"list": {"$regex": "("}}},
        {"$unset": {"list.x.y": 1}, "$inc": {"text.x": 1}},
    ],
)
def test_what_the_documents_do_not_allow(make: Make, stored: Stored, history: bool, update: dict[str, Any]) -> None:
    things = make(history=history)
    things.insert([{"text": "x", "list": ["a"], "none": None, "big": 2**62 + 2**61}])
    before = stored(system=True)
    refusal(engine.Invalid, things.update, Query(), Operators(update))
    assert stored(system=True) == before


def test_a_value_that_must_be_unique(make: Make, stored: Stored, history: bool) -> None:
    things = make(*FIELDS, history=history)
    ids = things.insert([{"name": "x", "email": "a"}, {"name": "y", "other": "a"}])
    before = stored(system=True)
    for query in (Query({"_id": str(ids[1])}), Query({"name": "y"})):
        told = faults(engine.Conflict, things.update, query, Operators({"$rename": {"other": "email"}}))
        assert told == [("email", "Another document already has this value; email must be unique.")]
    assert stored(system=True) == before


# --- the hot path -------------------------------------------------------------------------------------


class _Commands(monitoring.CommandListener):
    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[engine.Store, list[str]]]:
    """A store, and what it asks MongoDB."""
    listener = _Commands()
    store = engine.Store(configured.MONGODB_URI, limits=LIMITS)
    client: MongoClient[Any] = MongoClient(configured.MONGODB_URI, event_listeners=[listener], w="majority")
    monkeypatch.setattr(store, "_client", client)
    client.admin.command("ping")
    listener.names.clear()
    yield store, listener.names
    client.close()


@pytest.mark.parametrize(
    ("change", "history", "asked"),
    [
        (engine.Change({"n": 2}), False, ["update"]),
        (Operators({"$inc": {"n": 2}}), False, ["update"]),
        (Operators({"$push": {"tags": 2}}), False, ["update"]),
        (engine.Change({"n": 2}), True, ["findAndModify", "insert", "commitTransaction"]),
        (Operators({"$inc": {"n": 2}}), True, ["findAndModify", "insert", "commitTransaction"]),
        (Operators({"$inc": {"level": 1}}), False, ["update", "find", "commitTransaction"]),
    ],
)
def test_what_an_update_of_one_document_asks_of_mongodb(
    make: Make, commands: tuple[engine.Store, list[str]], change: Any, history: bool, asked: list[str]
) -> None:
    store, names = commands
    things = make(*FIELDS, on=store, history=history)
    (name,) = make(*FIELDS, history=history).insert([DOCUMENT])
    things.update(Query({"_id": str(name)}), engine.Change({"n": 1}))  # creates the collection of versions
    names.clear()
    assert things.update(Query({"_id": str(name)}), change) == 1
    assert names == asked


# --- any update at all --------------------------------------------------------------------------------

PATHS = st.lists(st.sampled_from(["a", "b", "c", "0", "n", "tags", "level"]), min_size=1, max_size=3).map(".".join)
ODD_PATHS = PATHS | st.sampled_from(["_id", "_sys.version", "a.$", "a.$[]", "$a", "", "a..b", "a\0"])
MODIFIERS = st.fixed_dictionaries(
    {"$each": st.lists(SCALARS, max_size=3) | SCALARS},
    optional={
        "$slice": st.integers(-2, 2) | SCALARS,
        "$position": st.integers(-2, 2) | SCALARS,
        "$sort": st.sampled_from([1, -1, {"a": 1}, {"$a": 1}, 0]),
        "$where": SCALARS,
    },
)
CONDITIONS = st.dictionaries(
    st.sampled_from(["$gt", "$in", "$or", "$where", "a", "$regex", "$not"]),
    SCALARS | st.lists(SCALARS, max_size=2) | st.just([{"a": 1}]),
    max_size=2,
)
OPERANDS = SCALARS | MODIFIERS | CONDITIONS | st.sampled_from([1, -1, True, "", "b", "c.0", {"$type": "date"}, [1]])
UPDATES = st.dictionaries(
    st.sampled_from([*UPDATE_OPERATORS, "$bit", "$where", "$function", "a", "n"]),
    st.dictionaries(ODD_PATHS, OPERANDS, max_size=2) | OPERANDS,
    max_size=3,
)
GOOD_UPDATES = st.dictionaries(
    st.sampled_from(UPDATE_OPERATORS),
    st.dictionaries(PATHS, OPERANDS, min_size=1, max_size=2),
    min_size=1,
    max_size=2,
)
DECLARED, _ = parse_schema(
    [
        {"name": "n", "type": "number"},
        {"name": "tags", "type": "array"},
        {"name": "level", "type": "number", "enum": [1, 2]},
    ],
    limits=LIMITS,
)
ALLOWED = {*UPDATE_OPERATORS, "$each", "$slice", "$position", "$sort", "$type", *OPERATORS}


def dollar_keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        inner = (dollar_keys(item) for item in value.values())
        return {key for key in value if key.startswith("$")}.union(*inner)
    return set().union(*map(dollar_keys, value)) if isinstance(value, list) else set()


@pytest.mark.slow
@settings(max_examples=examples(150))
@given(UPDATES)
def test_whatever_comes_is_refused_or_on_the_list(update: dict[str, Any]) -> None:
    try:
        prepared = Operators(update).compile(DECLARED, limits=LIMITS, actor="t", now=NOW)
    except (engine.Invalid, engine.TooLarge):
        return
    assert dollar_keys(prepared.statement) <= ALLOWED
    touched = [path for fields in prepared.statement.values() for path in fields]
    own = {"_sys.updated_by", "_sys.version", "_sys.updated"}
    assert not {path for path in touched if path.split(".")[0] in ("_id", "_sys")} - own
    assert len(touched) == len(set(touched))


VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
)


@pytest.mark.parametrize("kept", [False, True], ids=["plain", "with history"])
@settings(
    max_examples=examples(80),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(
    st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3),
    st.sampled_from([{}, {"n": 5, "level": 1}, {"tags": ["a", {"b": 1}]}]),
    UPDATES | GOOD_UPDATES,
    st.booleans(),
)
def test_whatever_comes_is_refused_or_done_and_can_be_read(
    store: engine.Store, shared: str, kept: bool, document: dict, declared: dict, update: dict, upsert: bool
) -> None:
    spec = engine.CollectionSpec("c", f"c{kept}", DECLARED, history=kept)
    things = engine.Collection(store, shared, spec, "t", engine.ALL_ACTIONS)
    (name,) = things.insert([document | declared])
    filter = {"marker": str(name)} if upsert else {"_id": str(name)}
    try:
        written = things.write(engine.Update(Query(filter), Operators(update), upsert=upsert))
    except (engine.Invalid, engine.TooLarge):
        return
    finally:
        (found,) = things.find(Query({"_id": str(name)})).documents
    assert (written.count, found["_sys"]["version"]) == ((0, 1) if upsert else (1, 2))
    if upsert:
        (found,) = things.find(Query({"_id": str(written.id)})).documents
        assert list(found["_sys"].items())[0] == ("version", 1)
    assert "Infinity" not in json.dumps(plain(found))
    assert not DECLARED.result_errors(
        found,
        [name for name in ("n", "tags", "level") if name in found],
        limits=LIMITS,
        budget=Budget.of(LIMITS),
    )


def test_undeclared_fields_hold_text_for_dates(make: Make) -> None:
    things = make(
        {"name": "day", "type": "date"}, {"name": "when", "type": "datetime"}, {"name": "o", "type": "object"}
    )
    things.insert([{"day": "2024-01-02", "when": "2024-01-02", "o": {}}])
    things.update(Query(), Operators({"$currentDate": {"free": True, "o.at": {"$type": "date"}, "when": True}}))
    (found,) = things.find(Query()).documents
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found["free"])
    assert (found["o"]["at"], isinstance(found["when"], datetime)) == (found["free"], True)
    for filter in ({"free": found["free"]}, {"free": {"$gt": "2000-01-01", "$lt": "2999-01-01"}}):
        assert things.find(Query(filter)).total == 1


@pytest.mark.parametrize(
    ("update", "place"),
    [
        ({"$currentDate": {"free": {"$type": "timestamp"}}}, "update_data.$currentDate.free"),
        ({"$rename": {"day": "free"}}, "update_data.$rename.day"),
        ({"$rename": {"day": "o.at"}}, "update_data.$rename.day"),
        ({"$rename": {"price": "free"}}, "update_data.$rename.price"),
    ],
)
def test_undeclared_fields_get_no_dates(make: Make, update: dict[str, Any], place: str) -> None:
    things = make(
        {"name": "day", "type": "date"}, {"name": "price", "type": "decimal128"}, {"name": "o", "type": "object"}
    )
    things.insert([{"day": "2024-01-02", "price": "1.5"}])
    with pytest.raises(engine.Invalid) as problem:
        things.update(Query(), Operators(update))
    assert [error.field for error in problem.value.errors] == [place]
    assert things.find(Query({"day": "2024-01-02", "free": None})).total == 1
