"""Lengths, lists and ranges of attributes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dialects.communibase.documents.constraints import constraint_error
from dialects.communibase.entity_types.model import Attribute

LIST = {"valueType": "List", "values": ["a", 1]}
RANGE = {"valueType": "Range", "min": 1, "max": 5}
DATES = {"valueType": "Range", "min": "2020-01-01"}


@pytest.mark.parametrize(
    ("raw", "value", "text"),
    [
        ({"minLength": 2}, "a", "Must have at least 2 characters."),
        ({"maxLength": 2}, "abc", "Must have at most 2 characters."),
        ({"maxLength": 2}, "ab", ""),
        ({"type": "Array", "maxLength": 1}, [1, 2], "Must have at most 1 elements."),
        ({"allowableValues": LIST}, "b", "Must be one of a, 1."),
        ({"allowableValues": LIST}, "a", ""),
        ({"type": "Mixed", "allowableValues": LIST}, True, "Must be one of a, 1."),
        ({"type": "number", "allowableValues": RANGE}, 0, "Must be at least 1."),
        ({"type": "number", "allowableValues": RANGE}, 5.5, "Must be at most 5."),
        ({"type": "Array", "items": "int", "allowableValues": RANGE}, 9, "Must be at most 5."),
        ({"type": "Date", "allowableValues": DATES}, datetime(2019, 1, 1), "Must be at least 2020-01-01."),
        ({"type": "Date", "allowableValues": DATES}, datetime(2020, 1, 1), ""),
        ({"type": "string", "allowableValues": RANGE}, "x", ""),
        ({}, "anything", ""),
    ],
)
def test_constraints(raw: dict[str, Any], value: Any, text: str) -> None:
    assert constraint_error(value, Attribute.of({"title": "a", **raw})) == text
