"""The filter's operators for expressions, text, shapes and bits: what they find, and what of them is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine
from engine import Query
from engine.indexes import NewIndex
from engine.limits import Limits
from engine.query.expressions import EXPRESSIONS
from engine.query.filter import OPERATORS, compile_filter
from engine.schema.schema import Schema
from tests.engine.conftest import Make
from tests.engine.strategies import SCALARS, examples, faults, refusal

LIMITS = Limits()
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0, 2], [2, 2], [2, 0], [0, 0]]]}
POINT = {"type": "Point", "coordinates": [1, 1]}


def compiled(raw: Any) -> dict[str, Any]:
    return compile_filter(raw, Schema(), root="filters", limits=LIMITS)


def names(things: engine.Collection, filter: dict[str, Any], **query: Any) -> list[str]:
    found = things.find(Query(filter=filter, sort=(("name", 1),), **query))
    return [item["name"] for item in found.documents]


@pytest.fixture
def things(make: Make) -> engine.Collection:
    found = make()
    found.insert(
        [
            {"name": "a", "n": 1, "m": 2, "flags": 5, "text": "The quick fox", "at": POINT},
            {
                "name": "b",
                "n": 3,
                "m": 2,
                "flags": 2,
                "text": "A slow Fox",
                "at": {"type": "Point", "coordinates": [9, 9]},
            },
            {"name": "c", "n": 2, "m": 2, "flags": 54, "text": "quick snail"},
        ]
    )
    return found


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"$expr": {"$gt": ["$n", "$m"]}}, "b"),
        ({"$expr": {"$lte": ["$n", "$m"]}, "name": {"$ne": "c"}}, "a"),
        ({"$or": [{"$expr": {"$eq": ["$n", "$m"]}}, {"name": "a"}]}, "ac"),
        ({"$expr": {"$in": ["quick", {"$split": ["$text", " "]}]}}, "ac"),
        ({"flags": {"$bitsAllSet": 5}}, "a"),
        ({"flags": {"$bitsAllSet": [1, 2]}}, "c"),
        ({"flags": {"$bitsAnySet": [1, 2]}}, "abc"),
        ({"flags": {"$bitsAllClear": 4}}, "b"),
        ({"flags": {"$bitsAnyClear": [0, 2]}}, "bc"),
        ({"flags": {"$not": {"$bitsAllSet": 1}}}, "bc"),
        ({"at": {"$geoWithin": {"$geometry": SQUARE}}}, "a"),
        ({"at": {"$geoWithin": {"$centerSphere": [[1, 1], 0.01]}}}, "a"),
        ({"at": {"$geoIntersects": {"$geometry": POINT}}}, "a"),
        (
            {
                "at": {
                    "$geoIntersects": {"$geometry": {"type": "GeometryCollection", "geometries": [SQUARE, POINT]}}
                }
            },
            "a",
        ),
    ],
)
def test_what_is_found(things: engine.Collection, filter: dict[str, Any], found: str) -> None:
    assert "".join(names(things, filter)) == found


def test_text_by_a_text_index(things: engine.Collection) -> None:
    search = {"$text": {"$search": "fox"}}
    text = "A search for text needs a text index, and the collection has none."
    assert faults(engine.Invalid, things.find, Query(filter=search)) == [("filters.$text", text)]
    things.indexes.create(NewIndex([("text", "text")]))
    assert names(things, search) == ["a", "b"]
    assert names(things, {"$text": {"$search": "Fox", "$caseSensitive": True}}) == ["b"]
    assert names(things, {"$text": {"$search": "quick -fox", "$language": "en"}, "n": 2}) == ["c"]
    assert things.aggregate([{"$match": search}, {"$count": "n"}]) == [{"n": 2}]
    assert things.update(Query(filter=search), engine.Change({"found": True})) == 2


@pytest.mark.parametrize("filter", [{"$expr": {"$lt": ["$n", 9]}}, {"at": {"$geoWithin": {"$geometry": SQUARE}}}])
def test_pages_by_cursor_and_counts(things: engine.Collection, filter: dict[str, Any]) -> None:
    things.insert([{"name": f"x{n}", "n": n, "at": POINT} for n in range(8)])
    sort, seen, cursor = (("n", -1),), [], ""
    while cursor is not None:
        page = things.find(Query(filter=filter, sort=sort, limit=2, cursor=cursor, count=engine.Count.EXACT))
        seen += [item["_id"] for item in page.documents]
        cursor = page.next
    assert len(seen) == len(set(seen)) == page.total


def test_an_update_of_fields_that_are_there_heeds_the_expression(things: engine.Collection) -> None:
    change = engine.Change({"flags": 0}, only_existing=True)
    assert things.update(Query(filter={"$expr": {"$gt": ["$n", "$m"]}}), change) == 1


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ({"$expr": {"$function": {"body": "x"}}}, "filters.$expr"),
        ({"$expr": {"$and": [{"$where": 1}]}}, "filters.$expr.$and.0"),
        ({"$expr": "$$CLUSTER_TIME"}, "filters.$expr"),
        ({"a": {"$expr": 1}}, "filters.a.$expr"),
        ({"a": {"$elemMatch": {"$expr": 1}}}, "filters.a.$elemMatch.$expr"),
        ({"$text": "fox"}, "filters.$text"),
        ({"$text": {}}, "filters.$text"),
        ({"$text": {"$search": 7}}, "filters.$text"),
        ({"$text": {"$search": {"$where": 1}}}, "filters.$text"),
        ({"$text": {"$search": "a", "$where": 1}}, "filters.$text.$where"),
        ({"$text": {"$search": "a", "$caseSensitive": 1}}, "filters.$text.$caseSensitive"),
        ({"$text": {"$search": "a", "$language": ["en"]}}, "filters.$text.$language"),
        ({"$text": {"$search": "x" * 1001}}, "filters.$text.$search"),
        ({"$or": [{"$text": {"$search": "a"}}]}, "filters.$or.0.$text"),
        ({"$and": [{"$text": {"$search": "a"}}]}, "filters.$and.0.$text"),
        ({"a": {"$text": {"$search": "a"}}}, "filters.a.$text"),
        *(
            ({"a": {"$bitsAllSet": bad}}, "filters.a.$bitsAllSet")
            for bad in (-1, 2**63, "1", [64], [-1], [1.0], True)
        ),
        *(
            ({"a": {"$geoWithin": bad}}, "filters.a.$geoWithin")
            for bad in (1, {}, {"$geometry": 1}, {"$box": [[0, 0], [1, 1]]})
        ),
        ({"a": {"$geoWithin": {"$geometry": {**POINT, "$where": 1}}}}, "filters.a.$geoWithin"),
        ({"a": {"$geoWithin": {"$geometry": {**POINT, "crs": {}}}}}, "filters.a.$geoWithin"),
        ({"a": {"$geoWithin": {"$geometry": {"type": "Point", "coordinates": [1]}}}}, "filters.a.$geoWithin"),
        (
            {"a": {"$geoWithin": {"$geometry": {"type": "Point", "coordinates": [1, {"$where": 1}]}}}},
            "filters.a.$geoWithin",
        ),
        ({"a": {"$geoWithin": {"$geometry": {"type": "Point", "coordinates": [[1, 1]]}}}}, "filters.a.$geoWithin"),
        ({"a": {"$geoWithin": {"$geometry": {"type": ["Point"], "coordinates": [1, 1]}}}}, "filters.a.$geoWithin"),
        ({"a": {"$geoWithin": {"$centerSphere": [[1, 1], -1]}}}, "filters.a.$geoWithin"),
        ({"a": {"$geoWithin": {"$geometry": SQUARE, "$where": 1}}}, "filters.a.$geoWithin"),
        ({"a": {"$geoIntersects": {"$centerSphere": [[1, 1], 1]}}}, "filters.a.$geoIntersects"),
        ({"a": {"$near": {"$geometry": POINT}}}, "filters.a.$near"),
        ({"a": {"$nearSphere": {"$geometry": POINT}}}, "filters.a.$nearSphere"),
    ],
)
def test_what_is_refused(raw: Any, place: str) -> None:
    assert [found for found, _ in faults(engine.Invalid, compiled, raw)] == [place]


@pytest.mark.parametrize(
    "raw",
    [
        {"$expr": {"$add": [1] * 2001}},
        {"a": {"$bitsAllSet": [1] * 2001}},
        {"a": {"$geoWithin": {"$geometry": {"type": "MultiPoint", "coordinates": [[0, 0]] * 2001}}}},
    ],
)
def test_caps(raw: Any) -> None:
    assert "MAX_QUERY_NODES" in refusal(engine.TooLarge, compiled, raw).message


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [0, 9], [9, 9], [9, 0]]]},
        {"type": "Point", "coordinates": [500, 500]},
        {"type": "LineString", "coordinates": [[0, 0]]},
    ],
)
def test_shapes_that_are_none_on_this_earth(things: engine.Collection, shape: Any) -> None:
    refusal(engine.Invalid, things.find, Query(filter={"at": {"$geoIntersects": {"$geometry": shape}}}))


KNOWN = {*OPERATORS, *EXPRESSIONS, "$search", "$language", "$caseSensitive", "$diacriticSensitive"}
KNOWN |= {"$geometry", "$centerSphere"}
KEYS = st.sampled_from(
    [*sorted(KNOWN), "$where", "$function", "$near", "$maxDistance", "$box", "a", "type", "coordinates"]
)
LEAVES = SCALARS | st.sampled_from(["$a", "$$ROOT", "Point", 1, 2])
PARTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2), max_leaves=8
)
LIKELY = st.one_of(
    st.fixed_dictionaries({"$expr": PARTS}),
    st.fixed_dictionaries({"$text": st.dictionaries(KEYS, PARTS, max_size=2)}),
    st.fixed_dictionaries({"a": st.dictionaries(KEYS, PARTS, max_size=2)}),
    st.dictionaries(KEYS, PARTS, max_size=2),
)


def dollar_keys(value: Any) -> set[str]:
    """Every key that begins with `$`, but for what a literal holds, which MongoDB does not read."""
    if isinstance(value, list):
        return set().union(*map(dollar_keys, value))
    if not isinstance(value, dict):
        return set()
    below = [dollar_keys(child) for key, child in value.items() if key != "$literal"]
    return {key for key in value if key.startswith("$")}.union(*below)


@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LIKELY)
def test_nothing_else_reaches_mongodb(store: engine.Store, shared: str, raw: Any) -> None:
    try:
        found = compiled(raw)
    except (engine.Invalid, engine.TooLarge) as problem:
        assert problem.errors
        return
    assert dollar_keys(found) <= KNOWN
    try:
        store.find(shared, "search", found, sort=[("_id", 1)], fields=None, skip=0, limit=1)
    except engine.Error as problem:
        assert type(problem) is engine.Invalid, repr(problem.__cause__)
