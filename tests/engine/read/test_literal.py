"""Documents of the caller, matched as stored ones are."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

import engine

ONE, OTHER = ObjectId("60c72b2f9b1d8b1a2d3e4567"), ObjectId("60c72b2f9b1d8b1a2d3e4568")
DOCUMENTS = [
    {"_id": OTHER, "title": "b", "parts": [{"name": "$x"}, {"name": "y"}]},
    {"_id": ONE, "title": "a", "parts": []},
]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        (engine.Query(limit=0), ["a", "b"]),
        (engine.Query({"_id": str(OTHER)}, limit=0), ["b"]),
        (engine.Query({"parts.name": "$x"}, limit=0), ["b"]),
        (engine.Query({"parts": {"$size": 0}}, limit=0), ["a"]),
        (engine.Query(sort=(("title", -1),), limit=1), ["b"]),
        (engine.Query(skip=1, limit=5), ["b"]),
    ],
)
def test_they_match_as_stored_ones(
    store: engine.Store, database: str, query: engine.Query, titles: list[str]
) -> None:
    handle = engine.Database(store, "id", "name", database, "me", engine.ALL_ACTIONS, {})
    assert [item["title"] for item in handle.match(DOCUMENTS, query)] == titles


def test_they_are_projected_and_refused_as_stored_ones(store: engine.Store, database: str) -> None:
    handle = engine.Database(store, "id", "name", database, "me", engine.ALL_ACTIONS, {})
    expected: list[dict[str, Any]] = [{"_id": OTHER, "parts": [{"name": "$x"}, {"name": "y"}]}]
    query = engine.Query({"title": "b"}, fields={"parts.name": 1}, limit=0)
    assert handle.match(DOCUMENTS, query) == expected
    with pytest.raises(engine.Invalid):
        handle.match(DOCUMENTS, engine.Query({"$where": "1"}, limit=0))
