"""Conditions on who created or changed a document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from dialects.restdb.query.audit_filters import audit_filter

NAME = "_sys.created_by"
ACTORS = {"ann@example.com": ["u1", "x1"], "bob@example.com": ["u2"]}
ANN: dict[str, Any] = {NAME: {"$in": ["u1", "x1"]}}
BOB: dict[str, Any] = {NAME: {"$in": ["u2"]}}
NOBODY: dict[str, Any] = {NAME: {"$in": []}}
BY_KEY = {NAME: {"$regex": "^k[0-9]"}}
TEXT = "Must be an address, or 'api' for keys: as such, or in $not, $ne, $in or $nin. $exists is allowed as well."


def actors_of(addresses: Iterable[str]) -> list[str]:
    return [actor for address in addresses for actor in ACTORS.get(address, [])]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("ann@example.com", ANN),
        ("unknown@example.com", NOBODY),
        ("", NOBODY),
        (None, NOBODY),
        ("api", {"$or": [NOBODY, BY_KEY]}),
        ({"$eq": "ann@example.com"}, ANN),
        ({"$ne": "ann@example.com"}, {"$nor": [ANN]}),
        ({"$ne": "api"}, {"$nor": [{"$or": [NOBODY, BY_KEY]}]}),
        ({"$in": []}, NOBODY),
        ({"$in": ["ann@example.com", "bob@example.com"]}, {NAME: {"$in": ["u1", "x1", "u2"]}}),
        ({"$in": ["api", "bob@example.com", None]}, {"$or": [BOB, BY_KEY]}),
        ({"$nin": ["bob@example.com"]}, {"$nor": [BOB]}),
        ({"$not": "bob@example.com"}, {"$nor": [BOB]}),
        ({"$not": {"$in": ["bob@example.com"]}}, {"$nor": [BOB]}),
        ({"$not": {"$not": "bob@example.com"}}, {"$nor": [{"$nor": [BOB]}]}),
        ({"$exists": True}, {NAME: {"$exists": True}}),
        ({"$exists": False, "$ne": "bob@example.com"}, {"$and": [{NAME: {"$exists": False}}, {"$nor": [BOB]}]}),
    ],
)
def test_an_address_stands_for_its_actors(condition: Any, expected: dict[str, Any]) -> None:
    assert audit_filter(NAME, condition, actors=actors_of) == expected


def test_actors_are_looked_up_only_for_addresses() -> None:
    calls: list[list[str]] = []

    def record(addresses: Iterable[str]) -> list[str]:
        calls.append([*addresses])
        return []

    for condition in ("api", None, {"$in": ["api", None]}, {"$in": ["api", "ann@example.com", None]}):
        audit_filter(NAME, condition, actors=record)
    assert calls == [["ann@example.com"]]


@pytest.mark.parametrize(
    "condition",
    [
        *(
            {},
            {"$not": {}},
            1,
            True,
            ["ann@example.com"],
            {"a": 1},
            {"$regex": "^a"},
            {"$gt": "a"},
            {"$eq": 1},
            {"$ne": {}},
        ),
        *({"$in": "ann@example.com"}, {"$nin": None}, {"$in": ["a", 1]}, {"$not": {"$gt": "a"}}, {"$not": []}),
        {"$eq": "ann@example.com", "$size": 1},
    ],
)
def test_any_other_condition_is_refused(condition: Any) -> None:
    with pytest.raises(ValueError, match="Must be") as caught:
        audit_filter(NAME, condition, actors=actors_of)
    assert str(caught.value) == TEXT
