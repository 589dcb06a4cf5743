"""Values cast to the types of attributes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

from dialects.communibase.documents.casting import cast

ID = "60c72b2f9b1d8b1a2d3e4567"


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        *((None, kind, None) for kind in ("string", "number", "Date", "ObjectId", "boolean")),
        *(("", kind, None) for kind in ("number", "int", "Date", "ObjectId", "boolean")),
        ("", "string", ""),
        (5, "string", "5"),
        (1.5, "string", "1.5"),
        (True, "string", "true"),
        ("-12", "number", -12),
        ("1.5e3", "float", 1500.0),
        (2.0, "int", 2),
        ("7", "integer", 7),
        ("true", "boolean", True),
        (0, "boolean", False),
        ("2020-01-01", "Date", datetime(2020, 1, 1)),
        ("2020-01-01T00:00:00.123+01:00", "Date", datetime(2019, 12, 31, 23, 0, 0, 123_000)),
        (1_000, "Date", datetime(1970, 1, 1, 0, 0, 1)),
        (ID, "ObjectId", ObjectId(ID)),
    ],
)
def test_cast(value: Any, kind: str, expected: Any) -> None:
    result = cast(value, kind)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([], "string"),
        ("1,5", "number"),
        ("9" * 40, "number"),
        (True, "number"),
        (1.5, "int"),
        ("yes", "boolean"),
        (2, "boolean"),
        ("yesterday", "Date"),
        (10**30, "Date"),
        (8_640_000_000_000_000, "Date"),
        (1.5, "Date"),
        ("x", "ObjectId"),
        (5, "ObjectId"),
    ],
)
def test_refused(value: Any, kind: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        cast(value, kind)
