"""Documents by their distance: `$near` and `$nearSphere` in filters, `$geoNear` in pipelines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine
from engine import Count, Query
from engine.context import now
from engine.indexes import NewIndex
from engine.update import Operators
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal

Stored = Callable[..., list[dict[str, Any]]]
ORIGIN = {"type": "Point", "coordinates": [0, 0]}
DEGREE = 111_319.5
NO_INDEX = "A search by distance needs a 2dsphere index of the field, and the collection has none."
ELSEWHERE = (
    "Sorts by distance: allowed once, at the top level of the filter of a query. Elsewhere $geoWithin with "
    "$centerSphere finds what is near, and in pipelines $geoNear does."
)
EXAMPLE = (
    'Must be an object such as {"$geometry": {"type": "Point", "coordinates": [longitude, latitude]}, '
    '"$maxDistance": metres}.'
)
POINT = "Must be a GeoJSON Point with [longitude, latitude]."
NO_SORT = "Does not go with $near, which sorts by distance; ask for pages by number."
FIRST = "Must be the first stage of the whole pipeline."
NEEDED = "Required: the field that receives the distance."
MEMBERS = (
    "Is not one of near, distanceField, key, includeLocs, maxDistance, minDistance, distanceMultiplier, query, "
    "spherical."
)
METRES = "Must be a number of metres that is not negative."


def point(longitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [longitude, 0]}


def near(name: str = "$near", **bounds: float) -> dict[str, Any]:
    return {"at": {name: {"$geometry": ORIGIN, **{f"${key}Distance": value for key, value in bounds.items()}}}}


@pytest.fixture
def places(make: Make) -> engine.Collection:
    """Ten points, one degree after the other, inserted in another order; and one document without a place."""
    things = make({"name": "at", "type": "object"}, history=True)
    things.insert([{"n": n, "even": n % 2 == 0, "at": point(n)} for n in (5, 2, 9, 0, 7, 1, 8, 3, 6, 4)])
    things.insert([{"n": 99}])
    things.indexes.create(NewIndex([("at", "2dsphere")]))
    return things


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (near(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (near("$nearSphere"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (near(max=3.5 * DEGREE), [0, 1, 2, 3]),
        (near(min=6.5 * DEGREE), [7, 8, 9]),
        (near(min=1.5 * DEGREE, max=3.5 * DEGREE), [2, 3]),
        ({**near(max=6.5 * DEGREE), "even": True}, [0, 2, 4, 6]),
        ({**near(), "$or": [{"n": 8}, {"n": 3}]}, [3, 8]),
        ({"at": {**near()["at"], "$exists": True}, "n": {"$lt": 2}}, [0, 1]),
        ({**near(), "n": 77}, []),
    ],
)
def test_the_nearest_first(places: engine.Collection, filter: dict[str, Any], expected: list[int]) -> None:
    found = []
    for skip in range(0, 12, 3):
        page = places.find(Query(filter, skip=skip, limit=3, fields={"n": 1}, count=Count.EXACT))
        assert (page.total, page.count, page.next) == (len(expected), Count.EXACT, None)
        assert all(set(item) <= {"_id", "n"} for item in page.documents)
        found += [item["n"] for item in page.documents]
    assert found == expected
    whole = places.find(Query(filter)).documents
    assert [set(item) for item in whole] == [{"_id", "_sys", "n", "even", "at"}] * len(expected)
    told = places.explain(Query(filter))
    assert (told.returned, told.index, told.advice) == (len(expected), "at_2dsphere", ())


@pytest.mark.parametrize(
    ("filter", "more", "expected"),
    [
        ({"at": {"$near": [0, 0]}}, {}, {"filters.at.$near": EXAMPLE}),
        ({"at": {"$near": [0, 0], "$maxDistance": 1}}, {}, {"filters.at.$near": EXAMPLE}),
        ({"at": {"$near": {"$geometry": {"type": "LineString"}}}}, {}, {"filters.at.$near.$geometry": POINT}),
        (
            near(max=-1, min=True),
            {},
            {"filters.at.$near.$maxDistance": METRES, "filters.at.$near.$minDistance": METRES},
        ),
        (
            {"at": {"$near": {"$geometry": ORIGIN, "$x": 1}}},
            {},
            {"filters.at.$near.$x": "Is not one of $geometry, $maxDistance, $minDistance."},
        ),
        ({**near(), "b": near()["at"]}, {}, {"filters": "Only one $near or $nearSphere may be in a filter."}),
        ({**near(), "$text": {"$search": "x"}}, {}, {"filters.$text": "$text does not go with $near."}),
        ({"$or": [near()]}, {}, {"filters.$or.0.at.$near": ELSEWHERE}),
        ({"$and": [near()]}, {}, {"filters.$and.0.at.$near": ELSEWHERE}),
        ({"at": {"$not": near()["at"]}}, {}, {"filters.at.$not.$near": ELSEWHERE}),
        ({"at": {"$elemMatch": near()["at"]}}, {}, {"filters.at.$elemMatch.$near": ELSEWHERE}),
        (near(), {"sort": (("n", 1),)}, {"sort": NO_SORT}),
        (near(), {"cursor": "x"}, {"cursor": NO_SORT}),
    ],
)
def test_what_is_refused(
    places: engine.Collection, filter: dict[str, Any], more: dict[str, Any], expected: dict[str, str]
) -> None:
    assert dict(faults(engine.Invalid, places.find, Query(filter, **more))) == expected


def test_where_nothing_is_sorted(places: engine.Collection, stored: Stored) -> None:
    before, query = stored(system=True), Query(near())
    for ask in (
        lambda: places.delete(query),
        lambda: places.update(query, Operators({"n": 1})),
        lambda: places.distinct("n", query),
        lambda: places.history.as_of(query, now()),
        lambda: places.aggregate([{"$match": query.filter}]),
        lambda: places.indexes.create(NewIndex([("n", 1)], partial=query.filter)),
        lambda: places.update(Query(), Operators({"$pull": {"list": {"a": query.filter["at"]}}})),
    ):
        assert {text for _, text in faults(engine.Invalid, ask)} == {ELSEWHERE}
    refusal(engine.Invalid, lambda: places.each(query))
    assert stored(system=True) == before


def test_without_an_index(make: Make) -> None:
    things = make()
    things.insert([{"at": ORIGIN}])
    problem = refusal(engine.Invalid, things.find, Query(near()))
    assert NO_INDEX in problem.message
    stage = {"$geoNear": {"near": ORIGIN, "distanceField": "d"}}
    assert NO_INDEX in refusal(engine.Invalid, things.aggregate, [stage]).message
    things.indexes.create(NewIndex([("other", "2dsphere")]))
    assert NO_INDEX in refusal(engine.Invalid, things.find, Query(near())).message


def test_the_first_stage_of_a_pipeline(places: engine.Collection) -> None:
    stage = {"near": ORIGIN, "distanceField": "far", "maxDistance": 6.5 * DEGREE, "query": {"even": True}}
    found = places.aggregate([{"$geoNear": {**stage, "key": "at"}}, {"$match": {"n": {"$gte": 2}}}])
    assert [item["n"] for item in found] == [2, 4, 6]
    assert [round(item["far"] / DEGREE, 3) for item in found] == [2, 4, 6]


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        ([{"$geoNear": {}}], {"0.$geoNear.distanceField": NEEDED, "0.$geoNear.near": POINT}),
        ([{"$geoNear": 1}], {"0.$geoNear": "Must be an object."}),
        ([{"$geoNear": {"near": ORIGIN, "distanceField": "_x", "num": 1}}], {"0.$geoNear.num": MEMBERS}),
        (
            [{"$geoNear": {"near": ORIGIN, "distanceField": "$d", "maxDistance": "1", "spherical": False}}],
            {
                "0.$geoNear.distanceField": "A field name must not begin with '$'.",
                "0.$geoNear.maxDistance": METRES,
                "0.$geoNear.spherical": "Must be true: distances are on the sphere.",
            },
        ),
        (
            [{"$geoNear": {"near": ORIGIN, "distanceField": "d", "query": {"$where": "1"}}}],
            {"0.$geoNear.query.$where": "The operator $where is not allowed here."},
        ),
        (
            [{"$geoNear": {"near": ORIGIN, "distanceField": "d", "query": {"$text": {"$search": "a"}}}}],
            {"0.$geoNear.query.$text": "$text does not go with $geoNear."},
        ),
        ([{"$match": {}}, {"$geoNear": {"near": ORIGIN, "distanceField": "d"}}], {"1.$geoNear": FIRST}),
        (
            [{"$facet": {"f": [{"$geoNear": {"near": ORIGIN, "distanceField": "d"}}]}}],
            {"0.$facet.f.0.$geoNear": FIRST},
        ),
    ],
)
def test_stages_that_are_refused(
    places: engine.Collection, pipeline: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    told = dict(faults(engine.Invalid, places.aggregate, pipeline))
    assert told == {f"pipeline.{place}": text for place, text in expected.items()}


def test_those_who_see_some_documents_alone(places: engine.Collection) -> None:
    own = engine.Collection(
        places.store.with_row_filter({(places.database, "things"): {"even": True}}),
        places.database,
        places.spec,
        "tester",
        engine.ALL_ACTIONS,
    )
    page = own.find(Query(near(max=6.5 * DEGREE), limit=3))
    assert ([item["n"] for item in page.documents], page.total) == ([0, 2, 4], 4)
    stage = {"$geoNear": {"near": ORIGIN, "distanceField": "d", "query": {"n": {"$gte": 5}}}}
    assert [item["n"] for item in own.aggregate([stage])] == [6, 8]
