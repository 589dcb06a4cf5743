"""Translation of queries to the engine's language, and the filter for words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from bson import ObjectId

import engine
from dialects.restdb.query.filters import Translator, search
from dialects.restdb.query.links import Links
from engine.schema import parse_schema

FIRM = ObjectId("0" * 24)
FIELDS = [{"name": "boss", "type": "reference", "collection": "people"}]
SCHEMA, _ = parse_schema(FIELDS, limits=engine.Limits())
UNKNOWN_ACTOR = (
    "Must be an address, or 'api' for keys: as such, or in $not, $ne, $in or $nin. $exists is allowed as well."
)


class People:
    """A database with the collection `people`, in which one document matches every query."""

    def __init__(self) -> None:
        self.specs = {"people": engine.CollectionSpec("people", "people", SCHEMA)}
        self.filters: list[Any] = []

    def collection(self, name: str) -> Any:
        return SimpleNamespace(spec=self.specs[name], require=lambda action: None, each=self._each)

    def _each(self, query: engine.Query) -> Iterator[list[dict[str, Any]]]:
        self.filters.append(query.filter)
        yield [{"_id": FIRM}]


def translate(query: Any, *, database: Any = None, readable: bool = True) -> dict[str, Any]:
    handle: Any = database or People()
    links = Links(handle, lambda path: readable)
    now = datetime(2026, 1, 31, 10, 30)
    return Translator(SCHEMA, now=now, actors=lambda addresses: ["u1"], links=links).filter(query)


def errors_of(query: Any) -> list[tuple[str, str]]:
    with pytest.raises(engine.Invalid) as caught:
        translate(query)
    return [(issue.field, issue.message) for issue in caught.value.errors]


BY_ANN = {"_sys.created_by": {"$in": ["u1"]}}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {}),
        ({"a": 1, "b.c": None}, {"a": 1, "b.c": None}),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1}}}),
        ({"a": [1, {"$date": "$currentYear"}]}, {"a": [1, "2026-01-01T00:00:00.000Z"]}),
        ({"$text": {"$search": "x"}}, {"$text": {"$search": "x"}}),
        ({"a": {"$not": "x"}}, {"a": {"$ne": "x"}}),
        ({"a": {"$not": None}}, {"a": {"$ne": None}}),
        ({"a": {"$not": {}}}, {"a": {"$ne": {}}}),
        ({"a": {"$not": {"b": 1}}}, {"a": {"$ne": {"b": 1}}}),
        ({"a": {"$not": {"$gt": 3}}}, {"a": {"$not": {"$gt": 3}}}),
        ({"a": {"$not": {"$bt": [1, 2]}}}, {"a": {"$not": {"$gte": 1, "$lte": 2}}}),
        ({"a": {"$not": {"$date": 0}}}, {"a": {"$ne": "1970-01-01T00:00:00.000Z"}}),
        ({"a": {"$bt": [18, 65]}}, {"a": {"$gte": 18, "$lte": 65}}),
        ({"a": {"$bt": [1, 2], "$ne": 1.5}}, {"a": {"$gte": 1, "$lte": 2, "$ne": 1.5}}),
        ({"a": {"$gt": {"$date": "2026-01-31"}}}, {"a": {"$gt": "2026-01-31"}}),
        ({"a": {"$elemMatch": {"$bt": [1, 2]}}}, {"a": {"$elemMatch": {"$gte": 1, "$lte": 2}}}),
        ({"a": {"$elemMatch": {"b": {"$not": 1}}}}, {"a": {"$elemMatch": {"b": {"$ne": 1}}}}),
        ({"a": {"$elemMatch": {"$or": [{"b": 1}]}}}, {"a": {"$elemMatch": {"$or": [{"b": 1}]}}}),
        ({"$or": [{"a": {"$not": 1}}, {}]}, {"$or": [{"a": {"$ne": 1}}, {}]}),
        ({"$nor": {"a": 1}}, {"$nor": [{"a": 1}]}),
        ({"$not": {"a": 1}}, {"$and": [{"$nor": [{"a": 1}]}]}),
        ({"$and": [{"a": 1}], "$not": {"b": 1}}, {"$and": [{"a": 1}, {"$nor": [{"b": 1}]}]}),
        ({"_created": {"$gt": "2026"}, "_id": "1"}, {"_sys.created": {"$gt": "2026"}, "_id": "1"}),
        ({"_version": 0}, {"_sys.version": 1}),
        ({"_version": {"$in": [0, 2], "$gt": 1}}, {"_sys.version": {"$in": [1, 3], "$gt": 2}}),
        (
            {"_version": {"$gt": 0.5, "$not": {"$bt": [2, 3]}}},
            {"_sys.version": {"$gt": 1.5, "$not": {"$gte": 3, "$lte": 4}}},
        ),
        (
            {"_version": {"$nin": [1, None, "1"], "$ne": True}},
            {"_sys.version": {"$nin": [2, None, "1"], "$ne": True}},
        ),
        ({"_version": {"$mod": [2, 0]}}, {"_sys.version": {"$mod": [2, 1]}}),
        ({"_version": {"$not": {"$mod": [2, 1]}}}, {"_sys.version": {"$not": {"$mod": [2, 0]}}}),
        ({"_version": {"$mod": [-3, 2]}}, {"_sys.version": {"$mod": [-3, 0]}}),
        ({"_version": {"$mod": [2, 2]}}, {"_sys.version": {"$mod": [2, 2]}}),
        ({"_version": {"$mod": [2, -1]}}, {"_sys.version": {"$mod": [2, -1]}}),
        ({"_version": {"$mod": [0, 0]}}, {"_sys.version": {"$mod": [0, 0]}}),
        ({"_version": {"$mod": 2}}, {"_sys.version": {"$mod": 2}}),
        (
            {"_version": {"$type": 16, "$exists": True, "$size": 1}},
            {"_sys.version": {"$type": 16, "$exists": True, "$size": 1}},
        ),
        ({"_createdby": "ann@example.com", "a": 1}, {"a": 1, "$and": [BY_ANN]}),
        ({"$or": [{"_createdby": "ann@example.com"}]}, {"$or": [{"$and": [BY_ANN]}]}),
    ],
)
def test_a_query(query: dict[str, Any], expected: dict[str, Any]) -> None:
    assert translate(query) == expected


BEHIND = {"boss": {"$in": [FIRM]}}


@pytest.mark.parametrize(
    ("query", "expected", "behind"),
    [
        ({"boss": "1"}, {"boss": "1"}, []),
        ({"boss._id": "1"}, {"boss": "1"}, []),
        ({"boss": {"_id": "1"}}, {"boss": "1"}, []),
        ({"boss": {"$in": ["1"]}}, {"boss": {"$in": ["1"]}}, []),
        ({"boss": {}}, {"boss": {}}, []),
        ({"boss.name": "Ann"}, {"$and": [BEHIND]}, [{"name": "Ann"}]),
        ({"boss.0.name": "Ann"}, {"$and": [BEHIND]}, [{"name": "Ann"}]),
        ({"boss": {"name": "Ann", "_version": 0}}, {"$and": [BEHIND]}, [{"name": "Ann", "_sys.version": 1}]),
        ({"boss": {"$elemMatch": {"name": "Ann"}}}, {"$and": [BEHIND]}, [{"name": "Ann"}]),
        ({"boss.boss.name": "Ann"}, {"$and": [BEHIND]}, [{"name": "Ann"}, {"$and": [BEHIND]}]),
        ({"boss.name": {"$not": "Ann"}}, {"$and": [{"$nor": [BEHIND]}]}, [{"name": "Ann"}]),
        ({"boss.name": {"$nin": ["Ann"]}}, {"$and": [{"$nor": [BEHIND]}]}, [{"name": {"$in": ["Ann"]}}]),
        ({"boss.name": {"$exists": False}}, {"$and": [{"$nor": [BEHIND]}]}, [{"name": {"$exists": True}}]),
        ({"boss.name": None}, {"$and": [{"$or": [BEHIND, {"boss": None}]}]}, [{"name": None}]),
        (
            {"boss.age": {"$gt": 1, "$ne": 5}},
            {"$and": [{"$and": [BEHIND, {"$nor": [BEHIND]}]}]},
            [{"age": {"$gt": 1}}, {"age": 5}],
        ),
    ],
)
def test_a_condition_on_linked_documents(query: Any, expected: dict[str, Any], behind: list[Any]) -> None:
    database = People()
    assert translate(query, database=database) == expected
    assert database.filters == behind


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ([], [("q", "Must be a JSON object.")]),
        (
            {"$or": [1, {}], "$not": None},
            [("q.$or.0", "Must be a JSON object."), ("q.$not", "Must be a JSON object.")],
        ),
        ({"a": {"$bt": [1]}}, [("q.a.$bt", "Must be [lowest, highest].")]),
        ({"a": {"$bt": "12"}}, [("q.a.$bt", "Must be [lowest, highest].")]),
        ({"a": {"$gt": 1, "$gte": 1, "$bt": [1, 2]}}, [("q.a.$bt", "$gte occurs twice for this field.")]),
        ({"a": {"$date": 1e30}}, [("q.a.$date", "The date is out of range.")]),
        ({"$and": [{"é": {"$in": [{"$date": 1e30}]}}]}, [("q.$and.0.é.$in.0.$date", "The date is out of range.")]),
        ({"_createdby": 1}, [("q._createdby", UNKNOWN_ACTOR)]),
        ({"_createdby": {}}, [("q._createdby", UNKNOWN_ACTOR)]),
        ({"_changedby": {"$not": {}}}, [("q._changedby", UNKNOWN_ACTOR)]),
        (
            {"_createdby": {"$gt": "a"}, "a": {"$bt": 1}},
            [("q._createdby", UNKNOWN_ACTOR), ("q.a.$bt", "Must be [lowest, highest].")],
        ),
        ({"boss.age": {"$bt": 1}}, [("q.boss.age.$bt", "Must be [lowest, highest].")]),
        ({"boss": {"age": {"$bt": 1}}}, [("q.boss.age.$bt", "Must be [lowest, highest].")]),
    ],
)
def test_every_error_is_reported_with_its_location(query: Any, errors: list[tuple[str, str]]) -> None:
    assert errors_of(query) == errors


def nested(levels: int) -> dict[str, Any]:
    query: dict[str, Any] = {}
    for _ in range(levels):
        query = {"$and": [query]}
    return query


def test_levels_are_limited() -> None:
    assert translate(nested(64)) == nested(64)
    assert [text for _, text in errors_of(nested(65))] == ["Must be a JSON object."]
    value: Any = 1
    for _ in range(64):
        value = [value]
    assert errors_of({"a": value}) == [(f"q.a{'.0' * 64}", "Is nested too deeply.")]
    assert translate({"a": value[0]}) == {"a": value[0]}


def test_a_link_that_the_caller_may_not_read_is_refused() -> None:
    with pytest.raises(engine.Forbidden) as caught:
        translate({"boss.name": "Ann"}, readable=False)
    assert caught.value.message == "This needs the right to read 'people', which the link 'boss' leads into."


def test_a_link_into_a_missing_collection_is_an_error() -> None:
    database = People()
    database.specs = {}
    with pytest.raises(engine.Invalid) as caught:
        translate({"boss.name": "Ann"}, database=database)
    text = "The collection 'people', which the link 'boss' leads into, does not exist."
    assert [(issue.field, issue.message) for issue in caught.value.errors] == [("q.boss.name", text)]


def test_a_document_matches_if_every_word_occurs() -> None:
    assert search("") == search(" \n") == {}
    conditions = search("one two")["$and"]
    assert conditions == [*search("one")["$and"], *search("two")["$and"]]
    (condition,) = search("1.5")["$and"]
    members = condition["$expr"]["$gt"][0]["$size"]["$filter"]
    assert (members["cond"]["$regexMatch"]["regex"], members["cond"]["$regexMatch"]["options"]) == (r"1\.5", "i")
    assert members["input"] == {"$objectToArray": {"$unsetField": {"field": "_sys", "input": "$$ROOT"}}}


def test_only_the_first_twenty_words_count() -> None:
    words = [str(number) for number in range(21)]
    assert search(" ".join(words)) == search(" ".join(words[:20]))
    assert len(search(" ".join(words))["$and"]) == 20
