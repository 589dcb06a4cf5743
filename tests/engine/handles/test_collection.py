"""The verbs of a collection against MongoDB: what they do, what they cost, and who may do them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import bson
import pytest
from bson import ObjectId
from pymongo import MongoClient

import engine
from engine.actions import Action
from engine.encoding import dumps, loads
from engine.limits import Limits
from engine.query.query import Query
from engine.schema import Rules
from engine.update.change import Change
from engine.update.operators import Operators
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal, same

Stored = Callable[..., list[dict[str, Any]]]
Mongo = MongoClient[dict[str, Any]]
CLASH = "Another document already has this value; code must be unique."
CODE = {"name": "code", "unique": True}


@pytest.fixture(params=[False, True], ids=["plain", "with history"])
def history(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def profiled(mongo: Mongo, database: str) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What MongoDB was told to do in this database since the last call, one dict a command."""
    mongo[database].command("profile", 2)

    def commands() -> list[dict[str, Any]]:
        mongo[database].command("profile", 0)
        found = [*mongo[database]["system.profile"].find({"appName": {"$regex": "^datacube "}}).sort("ts", 1)]
        mongo[database].drop_collection("system.profile")
        mongo[database].command("profile", 2)
        return found

    yield commands
    mongo[database].command("profile", 0)


# --- permissions --------------------------------------------------------------------------------------

ANY = ObjectId("0" * 24)
LAST = ObjectId("f" * 24)
VERBS: dict[str, tuple[Action, Callable[[engine.Collection], Any]]] = {
    "insert": (Action.INSERT, lambda things: things.insert([{"a": 2}])),
    "insert nothing": (Action.INSERT, lambda things: things.insert([])),
    "find": (Action.READ, lambda things: things.find(Query())),
    "find with a bad filter": (Action.READ, lambda things: things.find(Query({"$where": 1}))),
    "count": (Action.READ, lambda things: things.count()),
    "update": (Action.WRITE, lambda things: things.update(Query(), Change({"a": 2}))),
    "update one": (Action.WRITE, lambda things: things.update(Query({"_id": "0" * 24}), Change({"a": 2}))),
    "delete": (Action.DELETE, lambda things: things.delete(Query())),
    "import_batch": (Action.INSERT, lambda things: things.import_batch([{"a": 2}], ids=[LAST])),
    "undo_import": (Action.INSERT, lambda things: things.undo_import(first=ANY, last=LAST)),
    "count_imported": (Action.INSERT, lambda things: things.count_imported(first=ANY, last=LAST)),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_without_its_permission_changes_nothing(
    make: Make, stored: Stored, verb: str, history: bool
) -> None:
    needed, act = VERBS[verb]
    make(history=history).insert([{"a": 1}])
    before = stored(system=True)
    problem = refusal(engine.Forbidden, act, make(allowed=engine.ALL_ACTIONS - {needed}, history=history))
    assert problem.message == f"This needs the permission {needed.value!r}."
    assert stored(system=True) == before


@pytest.mark.parametrize("verb", [name for name in VERBS if "nothing" not in name and "bad" not in name])
def test_a_verb_needs_its_permission_alone(make: Make, verb: str) -> None:
    needed, act = VERBS[verb]
    act(make(allowed=frozenset({needed})))


# --- insert -------------------------------------------------------------------------------------------


def test_ids_are_told_in_order(make: Make, stored: Stored) -> None:
    ids = make().insert([{"n": number} for number in range(100)])
    assert [(document["_id"], document["n"]) for document in stored(system=True)] == [
        *zip(ids, range(100), strict=True)
    ]


def test_nothing_to_insert(make: Make) -> None:
    assert refusal(engine.Invalid, make().insert, []).message == "There are no documents to insert."


@pytest.mark.parametrize(
    "documents",
    [
        [{"code": "a"}, {"code": "b"}, {"code": "a"}],
        [{"code": "a"}, {"code": "b"}, {"code": "there"}],
        [{"n": 1}, {"code": None}, {"code": "there"}, {"code": "there"}],
        [{"x": 1}] * 2 + [{"code": "there"}] + [{"x": 1}] * 2000,
    ],
    ids=["among themselves", "with what is there", "the first of two", "in a long batch"],
)
def test_a_clash_keeps_the_whole_batch_out(make: Make, stored: Stored, documents: list[Any]) -> None:
    things = make(CODE)
    things.insert([{"code": "there"}])
    before = stored(system=True)
    assert faults(engine.Conflict, things.insert, documents) == [("code", CLASH, 2)]
    assert stored(system=True) == before


def test_a_clash_of_a_single_document_is_at_index_0(make: Make, stored: Stored) -> None:
    things = make(CODE)
    things.insert([{"code": "there"}])
    assert faults(engine.Conflict, things.insert, [{"code": "there"}]) == [("code", CLASH, 0)]
    assert len(stored()) == 1


def test_a_fault_keeps_the_whole_batch_out(make: Make, stored: Stored) -> None:
    things = make({"name": "n", "type": "number"})
    refusal(engine.Invalid, things.insert, [{"n": 1}, {"n": "x"}])
    assert stored() == []


HUGE = "x" * (17 << 20)


@pytest.mark.parametrize("documents", [[{"a": HUGE}], [{"b": 1}, {"a": HUGE}], [{"a": HUGE}, {"b": 1}]])
def test_a_document_that_is_too_large_keeps_the_whole_batch_out(make: Make, stored: Stored, documents: Any) -> None:
    problem = refusal(engine.TooLarge, make().insert, documents)
    assert problem.message == "A document is larger than MongoDB's 16 MB."
    assert stored() == []


def test_a_document_just_below_16_mb_is_kept(make: Make) -> None:
    things = make()
    # A superseded version holds the document and a little more, so the last 16 KB are kept free.
    size = (16 << 20) - (17 << 10)
    (name,) = things.insert([{"a": "x" * size}])
    assert len(things.find(Query({"_id": str(name)})).documents[0]["a"]) == size
    message = "A document is larger than MongoDB's 16 MB."
    for only_existing in (False, True):
        change = Change({"a": "y" * ((16 << 20) - (8 << 10))}, only_existing=only_existing)
        for query in (Query(), Query({"_id": str(name)})):
            assert refusal(engine.TooLarge, things.update, query, change).message == message
    assert things.find(Query(fields={"_sys.version": 1})).documents[0]["_sys"] == {"version": 1}


# --- unique -------------------------------------------------------------------------------------------


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What each of so many threads answered, or the error that it met."""

    def one(number: int) -> Any:
        try:
            return act(number)
        except engine.Error as problem:
            return problem

    with ThreadPoolExecutor(count) as pool:
        return [*pool.map(one, range(count))]


@pytest.mark.parametrize("beside", [[], [{"x": 1}, {"x": 2}]], ids=["alone", "in a batch"])
def test_of_24_writers_of_one_value_one_wins(make: Make, stored: Stored, beside: list[Any]) -> None:
    things = make(CODE)
    found = at_once(24, lambda number: things.insert([*beside, {"code": "same", "writer": number}]))
    won = [answer for answer in found if isinstance(answer, list)]
    lost = [answer for answer in found if not isinstance(answer, list)]
    assert len(won) == 1
    assert {(type(problem), problem.errors) for problem in lost} == {
        (engine.Conflict, (engine.FieldError("code", CLASH, len(beside)),))
    }
    assert len(stored()) == 1 + len(beside)
    assert stored()[-1] == {"code": "same", "writer": found.index(won[0])}


def test_24_changes_of_the_same_documents_all_happen(make: Make, stored: Stored, history: bool) -> None:
    things = make(history=history)
    things.insert([{"n": 0}, {"n": 0}])
    assert at_once(24, lambda number: things.update(Query(), Change({"n": number}))) == [2] * 24
    assert [document["_sys"]["version"] for document in stored(system=True)] == [25, 25]
    assert len({document["n"] for document in stored()}) == 1


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("string", ["", "a", "A", "\0", "🦉"]),
        ("number", [0, 1, -1, 1.5, -1e308, 2**63 - 1, -(2**63)]),
        ("boolean", [False, True]),
        ("date", ["0001-01-01", "2023-10-27", "2023-10-27T10:00:00Z"]),
        ("datetime", ["0001-01-01", "1969-12-31", "9999-12-31"]),
        ("binary", ["", "AA==", "aGk="]),
        ("objectid", ["0" * 24, "f" * 24]),
        ("decimal128", ["0", "-9E+6144", "1.5", "1E-6176"]),
        ("timestamp", [{"t": 0, "i": 1}, "1970-01-01T00:00:01Z", {"t": 2**32 - 1, "i": 2**32 - 1}]),
    ],
)
def test_a_unique_field(make: Make, stored: Stored, mongo: Mongo, kind: str, values: list[Any]) -> None:
    things = make({"name": "a b", "type": kind, "unique": True})
    things.insert([*({"a b": value} for value in values), *({"n": n} for n in range(3)), *[{"a b": None}] * 3])
    for value in values:
        assert faults(engine.Conflict, things.insert, [{"n": 1}, {"a b": value}])[0][::2] == ("a b", 1)
        # The index that keeps the values apart is also the one that finds them.
        compiled = Query({"a b": value}).compiled(things.spec.schema, limits=Limits())
        plan = mongo[things.database][things.spec.physical].find(compiled).explain()
        assert plan["executionStats"]["totalDocsExamined"] == 1, plan["queryPlanner"]["winningPlan"]
        assert things.find(Query({"a b": value})).total == 1
    assert len(stored()) == len(values) + 6


def test_numbers_that_are_equal_clash_whatever_their_type(make: Make) -> None:
    things = make({"name": "n", "type": "number", "unique": True})
    things.insert([{"n": 1}])
    refusal(engine.Conflict, things.insert, [{"n": 1.0}])
    refusal(engine.Conflict, things.insert, [{"n": 0.0}, {"n": -0.0}])


# --- reading ------------------------------------------------------------------------------------------


def test_a_page_that_does_not_fit_leaves_no_cursor(make: Make, mongo: Mongo) -> None:
    things = make()
    for _ in range(3):
        things.insert([{"a": "x" * (7 << 20)}])
    problem = refusal(engine.TooLarge, things.find, Query())
    assert problem.message == "The page is larger than 16 MB; ask for fewer documents or fields."
    assert len(things.find(Query(limit=2)).documents) == 2
    assert len(things.find(Query(fields={"a": 0})).documents) == 3
    open_cursors = mongo.admin.aggregate(
        [
            {"$currentOp": {"idleCursors": True}},
            {"$match": {"ns": f"{things.database}.things", "type": "idleCursor"}},
        ]
    )
    assert open_cursors.to_list() == []


def test_a_page_is_one_command_of_mongodb(make: Make, profiled: Callable[[], list[dict[str, Any]]]) -> None:
    things = make()
    things.insert([{"n": number} for number in range(60)])
    profiled()
    assert things.find(Query({"n": {"$lt": 10}})).total == 10
    assert things.find(Query(limit=100, skip=50, sort=(("n", -1),), fields={"n": 1})).total == 60
    assert len(profiled()) == 2
    # A full page does not tell the total: that takes one more.
    assert things.find(Query(limit=50)).total == 60
    assert [[*command["command"]][0] for command in profiled()] == ["find", "count"]
    assert things.find(Query({"n": {"$gte": 0}}, limit=50)).total == 60
    assert [[*command["command"]][0] for command in profiled()] == ["find", "aggregate"]


def test_the_count_of_all_scans_nothing(make: Make, profiled: Callable[[], list[dict[str, Any]]]) -> None:
    things = make()
    things.insert([{"n": number} for number in range(60)])
    profiled()
    assert things.count() == 60
    (command,) = profiled()
    assert (command["command"]["count"], command["planSummary"]) == ("things", "RECORD_STORE_FAST_COUNT")


def test_a_document_by_its_id_examines_one(make: Make, profiled: Callable[[], list[dict[str, Any]]]) -> None:
    things = make()
    ids = things.insert([{"n": number} for number in range(60)])
    profiled()
    assert things.find(Query({"_id": str(ids[7])})).documents[0]["n"] == 7
    things.update(Query({"_id": str(ids[7])}), Change({"n": -7}))
    things.delete(Query({"_id": str(ids[7])}))
    assert [(command["op"], command["docsExamined"]) for command in profiled()] == [
        ("query", 1),
        ("update", 1),
        ("remove", 1),
    ]


# --- delete -------------------------------------------------------------------------------------------


def test_what_matches_is_deleted(make: Make, stored: Stored, history: bool) -> None:
    things = make(history=history)
    ids = things.insert([{"n": number} for number in range(10)])
    assert things.delete(Query({"_id": str(ids[0])})) == 1
    assert things.delete(Query({"_id": str(ids[0])})) == 0
    assert things.delete(Query({"_id": str(ids[1]), "n": 7})) == 0
    assert things.delete(Query({"n": {"$gte": 5}})) == 5
    assert stored() == [{"n": number} for number in range(1, 5)]
    assert things.delete(Query()) == 4
    assert (things.count(), things.find(Query()).documents) == (0, [])


# --- many at once -------------------------------------------------------------------------------------

MANY = 50_000


def test_fifty_thousand_in_one_transaction(
    make: Make, mongo: Mongo, stored: Stored, brief: Callable[..., engine.Store]
) -> None:
    things = make()
    raw = mongo[things.database]["things"]
    raw.insert_many({"n": number, "_sys": {"version": 1}} for number in range(MANY))
    changed = {"_sys.version": 2, "a": "x"}
    hurried = brief(query_seconds=0.1, write_seconds=0.1)
    short = engine.Collection(hurried, things.database, things.spec, "me", things.allowed)
    for act in (lambda: short.update(Query(), Change({"a": "x"})), lambda: short.delete(Query())):
        began = time.monotonic()
        assert "(WRITE_SECONDS)" in refusal(engine.TimedOut, act).message
        assert time.monotonic() - began < 20
    assert (raw.count_documents(changed), raw.count_documents({"_sys.version": 1})) == (0, MANY)
    # Where MongoDB's cache is too small for it just now, then cleanly.
    try:
        assert things.update(Query(), Change({"a": "x"})) == MANY
        assert raw.count_documents(changed) == MANY
    except (engine.Conflict, engine.TooLarge):
        assert raw.count_documents(changed) == 0
    assert things.delete(Query({"n": {"$gte": 10}})) == MANY - 10
    assert [document["n"] for document in stored()] == [*range(10)]


# --- imports ------------------------------------------------------------------------------------------


def numbered(first: int, count: int) -> list[ObjectId]:
    return [ObjectId(f"{'a' * 16}{number:08x}") for number in range(first, first + count)]


def test_a_batch_that_is_loaded_twice_is_there_once(make: Make, stored: Stored) -> None:
    things = make(CODE, {"name": "n", "type": "number", "default": 7})
    documents, ids = [{"code": f"c{n}"} for n in range(20)], numbered(0, 20)
    things.import_batch(documents[:5], ids=ids[:5])
    run_idempotent = stored(system=True)
    for _ in range(2):
        things.import_batch(documents, ids=ids)
    found = stored(system=True)
    assert found[:5] == run_idempotent
    assert [document["_id"] for document in found] == ids
    assert stored() == [{"code": f"c{n}", "n": 7} for n in range(20)]
    assert found[0]["_sys"]["created_by"] == "tester"
    assert things.count_imported(first=ids[0], last=ids[-1]) == 20


def test_a_clash_while_loading(make: Make) -> None:
    things = make(CODE)
    things.insert([{"code": "c3"}])
    documents, ids = [{"code": f"c{n}"} for n in range(5)], numbered(0, 5)
    for _ in range(2):
        assert faults(engine.Conflict, things.import_batch, documents, ids=ids) == [("code", CLASH, 3)]
    refusal(engine.Invalid, things.import_batch, [{"$a": 1}], ids=numbered(9, 1))
    assert things.count_imported(first=ids[0], last=LAST) == 4


def test_what_was_loaded_is_taken_back(make: Make, stored: Stored) -> None:
    things = make()
    (own,) = things.insert([{"own": 1}])
    for start in range(0, 25_000, 5_000):
        things.import_batch([{}] * 5_000, ids=numbered(start, 5_000))
    first, last = numbered(0, 1)[0], numbered(24_998, 1)[0]
    assert things.count_imported(first=first, last=last) == 24_999
    things.undo_import(first=first, last=last)
    assert [document["_id"] for document in stored(system=True)] == sorted([own, *numbered(24_999, 1)])
    things.undo_import(first=first, last=last)


def test_a_value_of_every_type_of_json_is_read_back(make: Make) -> None:
    things = make()
    sent = {"a": [1, 1.0, True, None, "x", {"": {}}, [], -0.0, 2**63 - 1], "🦉 b": "\0"}
    things.insert([sent])
    (found,) = things.find(Query(fields={"_id": 0, "_sys": 0})).documents
    assert same(loads(dumps(found), depth=32), sent)


def test_what_is_unloaded_leaves_no_version(make: Make, mongo: Mongo, database: str) -> None:
    """What became of an import's documents before it failed is forgotten with them, and nothing else is."""
    things = make(history=True)
    (other,) = things.insert([{"n": 0}])
    ids = [ObjectId() for _ in range(3)]
    things.import_batch([{"n": n} for n in range(3)], ids=ids)
    things.update(Query(), Change({"n": 7}))
    things.delete(Query(filter={"_id": str(ids[0])}))
    things.undo_import(first=ids[0], last=ids[-1])
    assert [item["_id"] for item in mongo[database]["things"].find()] == [ObjectId(other)]
    assert [item["doc"] for item in mongo[database]["things.versions"].find()] == [ObjectId(other)]


# --- a change that is answered -------------------------------------------------------------------------

BEFORE = {"name": "Joe", "born": "1990-01-31", "at": "2020-01-01T00:00:00.123Z", "in": {"a": 1, "b": 2}, "n": 1}
ANSWERED: dict[str, dict[str, Any]] = {
    "what is there": {"name": "Ann", "n": 2},
    "what is new, in MongoDB's order": {"z": 1, "ä": 2, "B": 3, "a": 4, "a b": 6, "A": {"z": 1, "a": 2}},
    "numbers for names": {"10": 1, "9": 2, "x": 3},
    "inside": {"in.a": 7, "in.c": 8},
    "types": {"born": "2000-02-29", "at": "2024-01-01T00:00:00Z", "n": 2**40, "x": [1.5, None, {"y": []}]},
    "more than milliseconds": {"at": "2024-01-01T00:00:00.123987Z", "new": "2024-01-01T00:00:00.123987Z"},
    "operators": {"$inc": {"n": 5}, "$unset": {"name": ""}},
    "a list": {"$push": {"list": 1}},
    "the largest": {"$max": {"n": 9}},
    "with a member beside": {"name": "Ann", "$inc": {"n": 1}},
}


@pytest.mark.parametrize("case", ANSWERED)
def test_a_change_answers_what_is_read_afterwards(make: Make, history: bool, case: str) -> None:
    things = make({"name": "born", "type": "date"}, {"name": "at", "type": "datetime"}, history=history)
    (name, other) = things.insert([BEFORE, BEFORE])
    query = Query({"_id": str(name)})
    answered = things.change(query, Operators(ANSWERED[case]))
    (read,) = things.find(query).documents
    assert answered is not None
    assert bson.encode(_storable(answered)) == bson.encode(_storable(read))  # the types and the order, as well
    assert answered["_sys"]["version"] == 2
    assert things.find(Query({"_id": str(other)})).documents[0]["_sys"]["version"] == 1
    assert things.change(Query({"_id": str(ObjectId())}), Operators(ANSWERED[case])) is None
    if history:
        assert things.history.version(name, 1)["name"] == "Joe"


def test_a_change_that_must_be_checked_is_answered(make: Make, history: bool) -> None:
    things = make(history=history)
    rules = Rules({"properties": {"n": {"maximum": 5}}})
    things = replace(things, spec=replace(things.spec, schema=replace(things.spec.schema, rules=rules)))
    (name,) = things.insert([{"n": 4}])
    query = Query({"_id": str(name)})
    answered = things.change(query, Operators({"$inc": {"n": 1}}))
    assert answered is not None
    assert (answered["n"], answered["_sys"]["version"]) == (5, 2)
    assert refusal(engine.Invalid, things.change, query, Operators({"$inc": {"n": 1}})).errors
    assert things.find(query).documents == [answered]


@pytest.mark.parametrize("missing", [Action.READ, Action.WRITE])
def test_a_change_that_is_answered_needs_both_permissions(make: Make, stored: Stored, missing: Action) -> None:
    (name,) = make().insert([{"n": 1}])
    things = make(allowed=engine.ALL_ACTIONS - {missing})
    refusal(engine.Forbidden, things.change, Query({"_id": str(name)}), Operators({"n": 2}))
    assert stored() == [{"n": 1}]


def _storable(document: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if type(value) is date else value for name, value in document.items()}
