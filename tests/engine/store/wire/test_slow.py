"""Slow commands in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId

from datacube.local.paths import embedded_mongodb_uri
from engine import Limits, Store
from engine.request import request_id
from engine.store.wire import slow


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"name": "secret", "n": {"$gt": 5}}, {"name": "?", "n": {"$gt": "?"}}),
        ({"_id": {"$in": [ObjectId(), ObjectId()]}}, {"_id": {"$in": ["?"]}}),
        ([{"$match": {"a": "$secret"}}, {"$limit": 3}], [{"$match": {"a": "?"}}, {"$limit": "?"}]),
        ({"$or": [{"a": 1}, {"a": 2}, {"b": None}]}, {"$or": [{"a": "?"}, {"b": "?"}]}),
        ("secret", "?"),
    ],
)
def test_a_shape_has_names_and_no_values(value: Any, expected: Any) -> None:
    assert slow.shape(value) == expected


def test_a_shape_is_limited() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = {"a": deep}
    assert len(json.dumps(slow.shape(deep))) < 200
    assert len(slow.shape({str(number): 1 for number in range(1000)})) == 20


@pytest.fixture
def named() -> Iterator[None]:
    token = request_id.set("slow-test-1")
    yield
    request_id.reset(token)


@pytest.mark.usefixtures("named", "service_url")
@pytest.mark.parametrize(("milliseconds", "count"), [(1e-6, 1), (0, 0), (10**9, 0)])
def test_a_slow_command_is_logged_with_its_request(
    caplog: pytest.LogCaptureFixture, milliseconds: Any, count: int
) -> None:
    caplog.set_level(logging.WARNING, "datacube.slow")
    store = Store(embedded_mongodb_uri(), limits=Limits(slow_query_ms=milliseconds))
    store.first_batch(
        "slow_test", {"find": "c", "filter": {"a": "secret"}, "sort": {"a": -1}, "limit": 3}, enough=3
    )
    lines = [json.loads(record.message) for record in caplog.records]
    assert [line.pop("ms") > 0 for line in lines] == [True] * count
    line = {"database": "slow_test", "collection": "c", "command": "find", "request_id": "slow-test-1"}
    assert lines == [line | {"sort": {"a": -1}, "limit": 3, "filter": {"a": "?"}}] * count
