"""Pages by cursor: each document once in order, whatever is written meanwhile, of its list alone, cheap far on."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from bson import Int64, ObjectId
from pymongo import MongoClient

import engine
from engine import Count, Query
from engine.indexes import NewIndex
from engine.read.keyset import after
from engine.schema.types import LEAST
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal

Mongo = MongoClient[dict[str, Any]]
REFUSED = [("cursor", "The cursor does not belong to this list, or is damaged.")]
VALUES = [None, 1, 1.0, 2, -7, "a", "b", "", True, False, {"x": 1}, [3, 1], [], [None, "z"], [[1]], 2**62]


def walk(things: engine.Collection, chance: random.Random, **query: Any) -> list[dict[str, Any]]:
    """All documents, page by page of random sizes, by cursor."""
    found, cursor = [], ""
    while True:
        page = things.find(Query(**query, limit=chance.randint(1, 9), cursor=cursor))
        found += page.documents
        if page.next is None:
            return found
        cursor = page.next


SORTS = [
    (),
    (("_id", -1),),
    (("a", 1),),
    (("a", -1),),
    (("b", -1), ("a", 1)),
    (("a", 1), ("_id", -1), ("b", 1)),
    (("_sys.created", -1), ("c.d", 1)),
]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("fields", [{}, {"n": 1}, {"_id": 0}, {"_id": 0, "a": 1, "b": 1}, {"a": 0, "_sys": 0}])
def test_by_cursor_as_in_one_page(make: Make, sort: Any, fields: dict[str, int]) -> None:
    things, chance = make(), random.Random(7)
    values = [{"a": chance.choice(VALUES), "b": chance.randint(0, 3), "n": n} for n in range(60)]
    things.insert([{name: value for name, value in item.items() if value != -7} for item in values])
    whole = things.find(Query(sort=sort, fields=fields, limit=1000))
    assert walk(things, chance, sort=sort, fields=fields) == whole.documents
    assert (len(whole.documents), whole.next) == (60, None)


@pytest.mark.parametrize("sort", SORTS[:5])
def test_what_was_there_is_met_once_while_others_insert(make: Make, sort: Any) -> None:
    things, chance, stop = make(), random.Random(11), threading.Event()

    def documents(count: int) -> list[dict[str, Any]]:
        return [{"a": chance.choice(VALUES), "b": chance.randint(0, 3)} for _ in range(count)]

    def insert() -> None:
        for _ in range(300):  # not so many that a slow walk never ends
            if stop.is_set():
                return
            things.insert(documents(3))

    old = things.insert(documents(200))
    other = threading.Thread(target=insert)
    other.start()
    try:
        met = [item["_id"] for item in walk(things, chance, sort=sort)]
    finally:
        stop.set()
        other.join()
    assert len(met) == len(set(met))
    assert set(old) <= set(met)
    now = [item["_id"] for item in walk(things, chance, sort=sort)]
    assert [name for name in now if name in set(old)] == [name for name in met if name in set(old)]


def test_an_index_that_has_arrays_behind_its_first_field(make: Make) -> None:
    """MongoDB merges its scans in a wrong order, so that pages would repeat and leave out."""
    things, chance = make(), random.Random(5)
    things.indexes.create(NewIndex(keys=(("t", 1), ("a", 1), ("s", -1), ("_id", 1)), name="all"))
    values = [[3, 1], [], [None, "z"], {"b": [2]}, None, 2, [[1]], [2, 5], 1]
    made = [
        {"t": chance.choice([None, 1]), "a": chance.choice(values), "s": chance.randint(0, 1)} for _ in range(150)
    ]
    things.insert(made)
    sort = (("t", 1), ("a", 1), ("s", -1))
    whole = things.find(Query(sort=sort, limit=1000)).documents
    for seed in range(5):
        assert walk(things, random.Random(seed), sort=sort) == whole


def test_two_arrays_cannot_be_sorted_by(make: Make) -> None:
    things = make()
    things.insert([{"a": [1, 2], "b": [3, 4]}, {"a": 1, "b": 2}])
    refusal(engine.Invalid, things.find, Query(sort=(("a", 1), ("b", 1))))


def test_a_cursor_outlives_the_document_it_came_from(make: Make) -> None:
    things = make()
    ids = things.insert([{"n": n} for n in range(10)])
    page = things.find(Query(sort=(("n", 1),), limit=4))
    things.delete(Query(filter={"n": 3}))
    rest = things.find(Query(sort=(("n", 1),), cursor=page.next or ""))
    assert [item["_id"] for item in rest.documents] == ids[4:]


def test_sort_keys_that_are_too_long_for_a_cursor(make: Make) -> None:
    things = make()
    things.insert([{"text": "x" * 5000 + str(n), "n": n} for n in range(6)])
    sort = (("text", -1),)
    page = things.find(Query(sort=sort, limit=2))
    assert len(page.next or "") < 200
    assert [item["n"] for item in things.find(Query(sort=sort, cursor=page.next or "")).documents] == [3, 2, 1, 0]
    things.delete(Query(filter={"n": 4}))
    text = "The document at which the page ended is gone; begin again without a cursor."
    told = faults(engine.Invalid, things.find, Query(sort=sort, cursor=page.next or ""))
    assert told == [("cursor", text)]


@pytest.mark.parametrize(
    "other",
    [
        {"filter": {"n": {"$gt": 2}}},
        {"filter": {}},
        {"sort": (("n", -1),)},
        {"sort": ()},
        {"fields": {"n": 1}},
    ],
)
def test_a_cursor_is_good_for_its_list_alone(make: Make, other: dict[str, Any]) -> None:
    things = make()
    things.insert([{"n": n} for n in range(10)])
    asked: dict[str, Any] = {"filter": {"n": {"$gt": 1}}, "sort": (("n", 1),), "limit": 3}
    cursor = things.find(Query(**asked)).next or ""
    assert len(things.find(Query(**{**asked, "limit": 5, "cursor": cursor})).documents) == 5
    assert faults(engine.Invalid, things.find, Query(**asked | other, cursor=cursor)) == REFUSED


def test_a_cursor_is_good_for_its_collection_and_database_alone(make: Make, store: engine.Store) -> None:
    things, others = make(), make(name="others")
    things.insert([{"n": n} for n in range(10)])
    cursor = things.find(Query(limit=3)).next or ""
    assert faults(engine.Invalid, others.find, Query(limit=3, cursor=cursor)) == REFUSED
    elsewhere = engine.Collection(store, "another", things.spec, "tester", engine.ALL_ACTIONS)
    assert faults(engine.Invalid, elsewhere.find, Query(limit=3, cursor=cursor)) == REFUSED


def test_a_cursor_needs_the_right_to_read(make: Make) -> None:
    things = make(allowed=engine.ALL_ACTIONS - {engine.Action.READ})
    refusal(engine.Forbidden, things.find, Query(cursor="x"))


TEN = [{"n": n} for n in range(10)]


@pytest.mark.parametrize(
    ("asked", "total", "count"),
    [
        ({}, 10, "exact"),
        ({"limit": 10}, 10, "exact"),
        ({"limit": 9}, 10, "estimated"),
        ({"limit": 9, "count": Count.ESTIMATED}, 10, "estimated"),
        ({"limit": 9, "count": Count.EXACT}, 10, "exact"),
        ({"limit": 9, "count": Count.NONE}, None, "none"),
        ({"count": Count.NONE}, None, "none"),
        ({"limit": 5, "skip": 5}, 10, "exact"),
        ({"limit": 5, "skip": 10}, 10, "estimated"),
        ({"limit": 5, "skip": 10, "count": Count.EXACT}, 10, "exact"),
        ({"filter": {"n": {"$lt": 4}}, "limit": 2}, 4, "exact"),
        ({"filter": {"n": {"$lt": 4}}, "limit": 2, "count": Count.ESTIMATED}, 4, "exact"),
        ({"filter": {"n": {"$lt": 4}}, "limit": 2, "count": Count.NONE}, None, "none"),
        ({"filter": {"n": {"$lt": 0}}, "limit": 2}, 0, "exact"),
    ],
)
def test_totals(make: Make, asked: dict[str, Any], total: int | None, count: str) -> None:
    things = make()
    things.insert([*TEN])
    page = things.find(Query(**asked))
    assert (page.total, page.count) == (total, count)


@pytest.mark.parametrize(
    ("asked", "total", "count"),
    [({}, None, "none"), ({"count": Count.ESTIMATED}, 10, "estimated"), ({"count": Count.EXACT}, 10, "exact")],
)
def test_totals_after_a_cursor_are_those_of_the_whole_list(
    make: Make, asked: dict[str, Any], total: int | None, count: str
) -> None:
    things = make()
    things.insert([*TEN])
    cursor = things.find(Query(limit=7)).next or ""
    page = things.find(Query(limit=7, cursor=cursor, **asked))
    assert (len(page.documents), page.total, page.count) == (3, total, count)


def test_no_count_is_run_unless_it_is_asked_for(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    things = make()
    things.insert([*TEN])
    monkeypatch.setattr(engine.Store, "count", None)
    page = things.find(Query(limit=7, count=Count.NONE))
    things.find(Query(limit=2, cursor=page.next or ""))


@pytest.mark.parametrize(
    ("sort", "fields", "commands"),
    [
        ((("a", -1),), {}, ["find"]),
        ((("a", -1), ("c.d", 1)), {"b": 1}, ["find"]),
        ((("a", 1),), {"b": 0}, ["find"]),
        ((("c.d", 1),), {"c.d": 0}, ["aggregate"]),
        ((("c.d", 1),), {"c": 0}, ["aggregate"]),
        ((("c", 1),), {"c.d": 0}, ["aggregate"]),
        ((("list", 1),), {}, ["find", "aggregate"]),
        ((("objects.n", 1),), {"a": 1}, ["find", "aggregate"]),
    ],
)
def test_a_sorted_page_is_one_find_unless_its_last_sort_key_is_of_an_array(
    make: Make, monkeypatch: pytest.MonkeyPatch, sort: Any, fields: dict[str, int], commands: list[str]
) -> None:
    things = make()
    things.insert([{"a": n, "b": n, "c": {"d": n % 3}, "list": [n, 1], "objects": [{"n": n}]} for n in range(9)])
    sent: list[str] = []
    first_batch = engine.Store.first_batch

    def recorded(store: engine.Store, database: str, command: dict[str, Any], **named: Any) -> Any:
        sent.append(next(iter(command)))
        return first_batch(store, database, command, **named)

    monkeypatch.setattr(engine.Store, "first_batch", recorded)
    page = things.find(Query(sort=sort, fields=fields, limit=4, count=Count.NONE))
    assert (sent, len(page.documents), bool(page.next)) == (commands, 4, True)


# --- what it costs ------------------------------------------------------------------------------------


def examined(mongo: Mongo, database: str, filter: dict[str, Any], sort: list[tuple[str, int]]) -> int:
    command = {"find": "deep", "filter": filter, "sort": dict(sort), "limit": 51}
    told = mongo[database].command({"explain": command, "verbosity": "executionStats"})
    return told["executionStats"]["totalKeysExamined"]


@pytest.fixture(scope="module")
def deep(mongo: Mongo, shared: str) -> list[dict[str, Any]]:
    chance = random.Random(3)
    made = [{"_id": ObjectId(), "a": chance.choice(["x", "y", n, None, True]), "b": n % 7} for n in range(60_000)]
    mongo[shared]["deep"].insert_many(made)
    mongo[shared]["deep"].create_index([("a", 1), ("_id", 1)])
    mongo[shared]["deep"].create_index([("b", 1), ("a", -1), ("_id", 1)])
    return made


def test_far_on_by_id_costs_what_the_first_page_costs(
    mongo: Mongo, shared: str, deep: list[dict[str, Any]]
) -> None:
    sort = [("_id", 1)]
    first = examined(mongo, shared, {}, sort)
    assert examined(mongo, shared, after([[deep[50_000]["_id"]]], sort), sort) == first == 51


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize("skip", [100, 30_000, 55_000])
def test_far_on_by_an_index_costs_about_what_the_first_page_costs(
    mongo: Mongo, shared: str, deep: list[dict[str, Any]], skip: int, way: int
) -> None:
    sort = [("a", way), ("_id", way)]
    (last,) = mongo[shared]["deep"].find(sort=sort, skip=skip, limit=1)
    assert examined(mongo, shared, after([[last["a"]], [last["_id"]]], sort), sort) <= 2 * 51


@pytest.mark.parametrize("way", [1, -1])
def test_far_on_by_a_hidden_number_costs_what_a_page_costs(mongo: Mongo, shared: str, way: int) -> None:
    numbered = mongo[shared]["numbered"]
    numbered.drop()
    numbered.insert_many([{"_rowid": number} for number in range(-1_000, 9_000)])
    present = {"_rowid": {"$gte": LEAST["autonumber"]}}
    numbered.create_index("_rowid", unique=True, partialFilterExpression=present)
    sort = [("_rowid", way)]
    following = after([[Int64(4_000)]], sort)
    found = [item["_rowid"] for item in numbered.find(following, sort=sort, limit=51)]
    assert found == [*range(4_000 + way, 4_000 + 52 * way, way)]
    command = {"find": "numbered", "filter": following, "sort": dict(sort), "limit": 51}
    told = mongo[shared].command({"explain": command, "verbosity": "executionStats"})["executionStats"]
    assert (told["totalKeysExamined"], told["totalDocsExamined"]) == (51, 51)
