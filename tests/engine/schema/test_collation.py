"""Text compared by a language, without case or accents: in filters, sorts, pages, writes and indexes."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from pymongo import MongoClient

import engine
from engine import Precondition, Query, Update
from engine.context import now
from engine.indexes import NewIndex
from engine.schema import Collation, parse_schema
from engine.schema.collation import LOCALES, parse_collation
from engine.update import Operators
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal

Stored = Callable[..., list[dict[str, Any]]]
NAMES = ["Zoe", "adam", "Adam", "café", "Café", "cafe", unicodedata.normalize("NFD", "café"), "ähnlich", "zoe"]
LETTERS, ACCENTS, CASE = (Collation("en", strength) for strength in (1, 2, 3))


def test_every_locale_is_one_of_mongodb(mongo: MongoClient[dict[str, Any]], database: str) -> None:
    mongo[database]["x"].insert_one({"s": "a"})
    for locale in LOCALES:
        assert list(mongo[database]["x"].find({"s": "A"}, {"_id": 0}, collation=Collation(locale, 2).as_mongodb()))


@pytest.mark.parametrize(
    ("raw", "places"),
    [
        ("en", ["collation"]),
        ([], ["collation"]),
        ({}, ["collation.locale"]),
        ({"locale": "simple"}, ["collation.locale"]),
        ({"locale": "xx", "strength": 4}, ["collation.locale", "collation.strength"]),
        ({"locale": "en", "strength": True}, ["collation.strength"]),
        ({"locale": "en", "strength": "2"}, ["collation.strength"]),
        ({"locale": ["en"]}, ["collation.locale"]),
        ({"locale": "en", "backwards": True}, ["collation.backwards"]),
    ],
)
def test_what_is_no_collation(raw: Any, places: list[str]) -> None:
    found, errors = parse_collation(raw)
    assert (found, [item.field for item in errors]) == (None, places)


@pytest.mark.parametrize(
    ("filter", "collation", "expected"),
    [
        ({"s": "CAFE"}, None, []),
        ({"s": "CAFE"}, LETTERS, [3, 4, 5, 6]),
        ({"s": "CAFE"}, ACCENTS, [5]),
        ({"s": "CAFÉ"}, ACCENTS, [3, 4, 6]),
        ({"s": "café"}, CASE, [3, 6]),
        ({"s": {"$in": ["ZOE", "ADAM"]}}, ACCENTS, [0, 1, 2, 8]),
        ({"s": {"$ne": "cafe"}}, LETTERS, [0, 1, 2, 7, 8]),
        ({"s": {"$lt": "b"}}, CASE, [1, 2, 7]),
        ({"$expr": {"$eq": ["$s", "ZOE"]}}, ACCENTS, [0, 8]),
        ({"s": {"$regex": "^zoe"}}, LETTERS, [8]),
    ],
)
def test_filters(make: Make, filter: dict[str, Any], collation: Collation | None, expected: list[int]) -> None:
    things = make()
    things.insert([{"n": n, "s": name} for n, name in enumerate(NAMES)])
    query = Query(filter, collation=collation, count=engine.Count.EXACT, limit=2)
    page = things.find(query)
    assert (page.total, [item["n"] for item in page.documents]) == (len(expected), expected[:2])
    values = things.distinct("n", Query(filter, collation=collation)).values
    assert values == expected
    assert things.explain(query).returned == min(2, len(expected))


def test_a_sort_and_its_pages(make: Make) -> None:
    things, chance = make(), random.Random(3)
    names = [chance.choice([*NAMES, None, 7, ["B", "a"], [], {"x": "Y"}, "x" * 3000]) for _ in range(70)]
    things.insert([{"n": n, "s": name, "t": chance.choice(["A", "a", "b"])} for n, name in enumerate(names)])
    things.indexes.create(NewIndex([("s", 1), ("_id", 1)], collation=ACCENTS))
    for sort in [(("s", 1),), (("s", -1),), (("t", 1), ("s", -1)), (("_id", -1),)]:
        for fields in [{}, {"n": 1}, {"s": 0}, {"_id": 0, "n": 1}, {"_id": 0}]:
            query = Query({"t": {"$ne": "B"}}, sort=sort, fields=fields, collation=ACCENTS)
            whole = things.find(engine.Query(**{**vars(query), "limit": 1000})).documents
            found, cursor = [], ""
            while cursor is not None:
                page = things.find(Query(**{**vars(query), "limit": chance.randint(3, 30), "cursor": cursor}))
                found += page.documents
                cursor = page.next
            assert found == whole
    plain = make(name="plain")
    plain.insert([{"s": name} for name in NAMES])
    found = [item["s"] for item in plain.find(Query(sort=(("s", 1),), collation=CASE)).documents]
    assert [name.lower() for name in found] == sorted(
        (name.lower() for name in found), key=lambda name: unicodedata.normalize("NFD", name).replace("\u0301", "!")
    )
    assert found[:3] == ["adam", "Adam", "ähnlich"]


def test_a_cursor_belongs_to_its_collation(make: Make) -> None:
    things = make()
    things.insert([{"s": name} for name in NAMES])
    cursor = things.find(Query(sort=(("s", 1),), collation=ACCENTS, limit=2)).next or ""
    for other in (None, LETTERS):
        query = Query(sort=(("s", 1),), collation=other, limit=2, cursor=cursor)
        assert [place for place, _ in faults(engine.Invalid, things.find, query)] == ["cursor"]


@pytest.mark.parametrize("history", [False, True])
def test_writes(make: Make, stored: Stored, history: bool) -> None:
    things = make(history=history)
    ids = things.insert([{"s": name} for name in NAMES])
    change = Operators({"$set": {"seen": 1}})
    query = Query({"s": "CAFE"}, collation=LETTERS)
    refusal(engine.Conflict, things.write, Update(query, change, precondition=Precondition(max_affected=3)))
    preview = things.preview(Update(query, change))
    assert (preview.count, [item.after and item.after["seen"] for item in preview.samples]) == (4, [1] * 4)
    assert not any("seen" in item for item in stored())
    assert things.update(query, change) == 4
    assert [n for n, item in enumerate(stored()) if "seen" in item] == [3, 4, 5, 6]
    one = Query({"_id": str(ids[0]), "s": "ZOE"}, collation=ACCENTS)
    assert (things.update(Query(one.filter), change), things.update(one, change)) == (0, 1)
    preview = things.preview(engine.Delete(query))
    assert (preview.count, len(preview.samples)) == (4, 4)
    assert things.delete(one) == 1
    assert things.delete(query) == 4
    assert [item["s"] for item in stored()] == ["adam", "Adam", "ähnlich", "zoe"]
    if history:
        assert things.history.version(ids[3], 2)["seen"] == 1


def test_what_does_not_go_with_a_collation(make: Make, stored: Stored) -> None:
    things = make(history=True)
    things.insert([{"s": "a", "list": ["a"]}])
    before = stored(system=True)
    query = Query({"list": "A"}, collation=ACCENTS)
    given = faults(engine.Invalid, things.update, query, Operators({"list.$": "b"}))
    assert given == [("update_data.list.$", "A path with $ does not go with a collation; use $[name].")]
    given = faults(engine.Invalid, things.history.as_of, query, now())
    assert given == [("collation", "A collation does not go with history.")]
    assert stored(system=True) == before


def test_a_pipeline(make: Make) -> None:
    things = make()
    things.insert([{"s": name} for name in NAMES])
    group = [{"$group": {"_id": "$s", "n": {"$sum": 1}}}, {"$sort": {"_id": 1}}, {"$project": {"_id": 0}}]
    assert things.aggregate(group, collation=LETTERS) == [{"n": 2}, {"n": 1}, {"n": 4}, {"n": 2}]


def test_a_unique_index(make: Make, stored: Stored) -> None:
    things = make()
    things.insert([{"s": "Ann"}, {"s": "ANN"}, {"s": "Bob"}])
    wanted = NewIndex([("s", 1)], unique=True, collation=ACCENTS)
    problem = refusal(engine.Conflict, things.indexes.create, wanted)
    assert [item["count"] for item in problem.details["examples"]] == [2]
    things.delete(Query({"s": "ANN"}))
    assert things.indexes.create(wanted) == "s_1_en_2"
    assert things.indexes.create(NewIndex([("s", 1)])) == "s_1"
    found = {index.name: index.collation for index in things.indexes.all()}
    assert found == {"_id_": None, "s_1": None, "s_1_en_2": ACCENTS}
    refusal(engine.Conflict, things.insert, [{"s": "ann"}])
    refusal(engine.Conflict, things.update, Query({"s": "Bob"}), Operators({"s": "aNN"}))
    assert [item["s"] for item in stored()] == ["Ann", "Bob"]
    assert things.explain(Query({"s": "ANN"}, collation=ACCENTS)).index == "s_1_en_2"
    for order in ("text", "2dsphere"):
        given = faults(engine.Invalid, things.indexes.create, NewIndex([("t", order)], collation=CASE))
        assert given == [("collation", "A collation supports the orders 1 and -1 only.")]


def test_a_field_that_is_unique_without_case(make: Make, stored: Stored) -> None:
    email = {"name": "email", "type": "email", "unique": True, "case_insensitive": True}
    things = make(email)
    assert things.spec.schema.as_list() == [email]
    things.insert([{"email": "Ann@x.org"}, {}, {"email": None}])
    text = "Another document already has this value; email must be unique."
    assert faults(engine.Conflict, things.insert, [{"email": "ann@X.org"}]) == [("email", text, 0)]
    assert [item.get("email") for item in stored()] == ["Ann@x.org", None, None]
    (index,) = [index for index in things.indexes.all() if index.of_schema]
    assert index.collation == ACCENTS
    things.indexes.make_unique("email")  # it is there
    assert len(things.indexes.all()) == 2
    exact = engine.Collection(
        things.store,
        things.database,
        engine.CollectionSpec(
            "things",
            "things",
            parse_schema([email | {"case_insensitive": False}], limits=engine.Limits())[0],
        ),
        "tester",
        engine.ALL_ACTIONS,
    )
    exact.indexes.make_unique("email")
    exact.indexes.drop_unique("email")
    assert [index.collation for index in exact.indexes.all()] == [None, None]
    exact.insert([{"email": "ann@X.org"}])


@pytest.mark.parametrize("more", [{"type": "number", "unique": True}, {"type": "string"}])
def test_where_case_means_nothing(more: dict[str, Any]) -> None:
    raw = {"name": "a", "case_insensitive": True, **more}
    _, errors = parse_schema([raw], limits=engine.Limits())
    assert [(item.field, item.message) for item in errors] == [
        ("fields.0.case_insensitive", "Goes with unique: true, on a field that holds text.")
    ]


def test_those_who_see_their_own_documents_alone_compare_exactly(make: Make, stored: Stored) -> None:
    things = make()
    things.insert([{"owner": "a", "s": "x"}, {"owner": "A", "s": "x"}])
    own = engine.Collection(
        things.store.with_row_filter({(things.database, "things"): {"owner": "a"}}),
        things.database,
        things.spec,
        "tester",
        engine.ALL_ACTIONS,
    )
    query = Query({"s": "X"}, collation=ACCENTS)
    refusal(engine.Forbidden, own.find, query)
    refusal(engine.Forbidden, own.distinct, "owner", query)
    refusal(engine.Forbidden, own.delete, query)
    refusal(engine.Forbidden, own.update, query, Operators({"s": "y"}))
    assert [item["s"] for item in stored()] == ["x", "x"]
