"""Documents with equal values, as a unique index would refuse them."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo import MongoClient

from engine.indexes.duplicates import Duplicate, find_duplicates

Mongo = MongoClient[dict[str, Any]]


@pytest.mark.parametrize(
    ("documents", "paths", "filter", "expected"),
    [
        ([], ["a"], {}, []),
        ([{"a": 1}, {"a": 2}], ["a"], {}, []),
        ([{"a": 1}, {"a": 1.0}, {"a": 2}], ["a"], {}, [Duplicate({"a": 1}, 2, [0, 1])]),
        ([{"a": None}, {}, {"a": 0}], ["a"], {}, [Duplicate({"a": None}, 2, [0, 1])]),
        ([{"a": [1, 2]}, {"a": 2}], ["a"], {}, [Duplicate({"a": 2}, 2, [0, 1])]),
        # One document may hold a value twice, and an empty array has no elements.
        ([{"a": [1, 1]}, {"a": []}], ["a"], {}, []),
        ([{"a": "é"}, {"a": "E"}, {"a": "e"}], ["a"], {}, []),
        ([{"a": {"b": 1}}, {"a": {"b": 1}}], ["a.b"], {}, [Duplicate({"a.b": 1}, 2, [0, 1])]),
        (
            [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2}],
            ["a", "b"],
            {},
            [Duplicate({"a": 1, "b": 2}, 2, [1, 2])],
        ),
        ([{"a": 1, "on": True}, {"a": 1}], ["a"], {"on": True}, []),
        ([{"a": 1}] * 7, ["a"], {}, [Duplicate({"a": 1}, 7, [0, 1, 2, 3, 4])]),
        (
            [{"a": number} for number in (6, 5, 4, 3, 2, 1) * 2],
            ["a"],
            {},
            [Duplicate({"a": number}, 2, [6 - number, 12 - number]) for number in range(1, 6)],
        ),
    ],
)
def test_duplicates(
    mongo: Mongo,
    database: str,
    documents: list[dict[str, Any]],
    paths: list[str],
    filter: dict[str, Any],
    expected: list[Duplicate],
) -> None:
    collection = mongo[database]["things"]
    if documents:
        collection.insert_many([{"_id": number, **document} for number, document in enumerate(documents)])
    assert find_duplicates(lambda stages: [*collection.aggregate(stages)], paths, filter) == expected


def test_a_value_that_the_group_has_not_is_null() -> None:
    item = {"_id": {"k1": 2}, "count": 3, "ids": [1, 2, 3]}
    assert find_duplicates(lambda _: [item], ["a", "b"], {}) == [Duplicate({"a": None, "b": 2}, 3, [1, 2, 3])]
