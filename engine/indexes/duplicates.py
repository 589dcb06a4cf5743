"""Documents with equal values, which prevent a unique index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_EXAMPLES = 5


@dataclass(frozen=True)
class Duplicate:
    """Values by path that several documents share, the number of these, and the ids of some."""

    values: dict[str, Any]
    count: int
    ids: list[Any]


def find_duplicates(
    run: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], paths: Sequence[str], filter: Mapping[str, Any]
) -> list[Duplicate]:
    """Find the first few duplicates. An absent value counts as null, an array by its elements."""
    names = [f"k{number}" for number in range(len(paths))]
    values = {name: {"$ifNull": [f"${path}", None]} for name, path in zip(names, paths, strict=True)}
    stages: list[dict[str, Any]] = [{"$match": filter}, {"$project": values}]
    stages += [{"$unwind": {"path": f"${name}", "preserveNullAndEmptyArrays": True}} for name in names]
    stages += [
        {"$group": {"_id": {name: f"${name}" for name in names}, "ids": {"$addToSet": "$_id"}}},
        {"$match": {"ids.1": {"$exists": True}}},
        {"$sort": {"_id": 1}},
        {"$limit": _EXAMPLES},
        {
            "$project": {
                "count": {"$size": "$ids"},
                "ids": {"$slice": [{"$sortArray": {"input": "$ids", "sortBy": 1}}, _EXAMPLES]},
            }
        },
    ]
    return [
        Duplicate(
            {path: item["_id"].get(name) for name, path in zip(names, paths, strict=True)},
            item["count"],
            item["ids"],
        )
        for item in run(stages)
    ]
