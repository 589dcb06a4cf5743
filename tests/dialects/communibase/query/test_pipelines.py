"""Ids of this dialect in pipelines."""

from __future__ import annotations

from dialects.communibase.query.pipelines import with_literals


def test_ids_at_any_depth() -> None:
    pipeline = [{"$match": {"$or": [{"a": {"$ObjectId": "x"}}, {"b": {"$in": [{"$ObjectId": 5}, 1]}}]}}]
    assert with_literals(pipeline) == [
        {"$match": {"$or": [{"a": {"$oid": "x"}}, {"b": {"$in": [{"$oid": 5}, 1]}}]}}
    ]


def test_all_else_is_unchanged() -> None:
    for value in (None, {}, "x", [{"$match": {"$ObjectId": 1, "other": 2}}], {"$date": "2020-01-01"}):
        assert with_literals(value) == value
