"""Aggregation pipelines of the connector, with their literals, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.communibase.support import Communibase, refused, result_of


@pytest.fixture(scope="module")
def event(communibase: Communibase) -> str:
    return communibase.new_type({"name": "start", "type": "datetime"})


@pytest.fixture(scope="module")
def ids(communibase: Communibase, event: str) -> list[str]:
    return communibase.create(
        event,
        {"start": "2020-01-01", "participants": [{"a": 1}, {"a": 2}]},
        {"start": "2021-01-01", "participants": [{"a": 3}]},
    )


def test_pipelines(communibase: Communibase, event: str, ids: list[str]) -> None:
    count = {"$group": {"_id": "$_id", "count": {"$sum": 1}}}
    unwind = {"$unwind": "$participants"}
    both = [{"_id": ids[0], "count": 2}, {"_id": ids[1], "count": 1}]
    for match, expected in [
        ({"_id": {"$ObjectId": ids[0]}}, both[:1]),
        ({"_id": {"$in": [{"$ObjectId": ids[0]}, {"$oid": ids[1]}]}}, both),
        ({"start": {"$gt": {"$date": "2020-06-01T00:00:00Z"}}}, both[1:]),
        ({"$expr": {"$eq": ["$_id", {"$ObjectId": ids[1]}]}}, both[1:]),
        ({"_id": {"$ObjectId": "52f8fb85fae15e6d0806e7c7"}}, []),
    ]:
        pipeline = [{"$match": match}, unwind, count, {"$sort": {"_id": 1}}]
        assert communibase.get(f"POST {event}.json/aggregate", json=pipeline) == expected
    (document,) = communibase.get(f"POST {event}.json/aggregate", json=[{"$sort": {"_id": 1}}, {"$limit": 1}])
    assert document == communibase.get(f"{event}.json/crud/{ids[0]}")
    assert communibase.get(f"POST {event}.json/aggregate", json=[]) != []
    (top,) = communibase.get(
        f"POST {event}.json/aggregate", json=[{"$group": {"_id": None, "at": {"$max": "$start"}}}]
    )
    for stamps in ("updated", {"updated_by": [1]}, {"updated": 1}):
        computed = [{"$limit": 1}, {"$project": {"_sys": {"$literal": stamps}}}]
        assert len(communibase.get(f"POST {event}.json/aggregate", json=computed)) == 1
    assert top == {"_id": None, "at": "2021-01-01T00:00:00.000Z"}


@pytest.mark.parametrize(
    ("pipeline", "field", "text"),
    [
        ([{"$out": "x"}], "pipeline.0", None),
        ([{"$merge": {"into": "x"}}], "pipeline.0", None),
        ([{"$match": {"$where": "1"}}], "pipeline.0.$match.$where", "The operator $where is not allowed here."),
        ([{"$project": {"a": {"$function": {}}}}], "pipeline.0.$project.a", None),
        (
            [{"$lookup": {"from": "other", "pipeline": [], "as": "x"}}],
            "pipeline.0.$lookup.from",
            "Must name a collection of this database.",
        ),
        (
            [{"$match": {"_id": {"$ObjectId": "x"}}}],
            "pipeline.0.$match._id",
            "This is not a valid $oid of extended JSON.",
        ),
        ({}, "pipeline", None),
        (None, "pipeline", None),
    ],
)
def test_refused_pipelines(
    communibase: Communibase, event: str, pipeline: Any, field: str, text: str | None
) -> None:
    status, body = result_of(communibase.ask(f"POST {event}.json/aggregate", json=pipeline))
    assert status == 400
    assert body["errors"][0]["field"].startswith(field), body
    assert text is None or (status, body) == refused(field, text)
