"""Values whose field gets another type: what becomes of them, and what cannot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId

from engine.conversion import converted
from engine.fields import parse_field
from engine.limits import Limits
from engine.values import Wrong

HEX = "507f1f77bcf86cd799439011"
MORE: dict[str, Any] = {"enum": {"enum": ["1", "a"]}, "reference": {"collection": "x", "many": True}}


def convert(value: Any, kind: str) -> Any:
    field, _ = parse_field({"name": "f", "type": kind} | MORE.get(kind, {}), limits=Limits())
    assert field is not None
    return converted(value, field)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (12, "string", "12"),
        (Int64(12), "string", "12"),
        (1.5, "string", "1.5"),
        (True, "string", "true"),
        (ObjectId(HEX), "string", HEX),
        (Decimal128("1.50"), "string", "1.50"),
        (datetime(2026, 1, 2), "string", "2026-01-02T00:00:00.000Z"),
        ("12", "number", 12),
        ("-1.5e3", "number", -1500.0),
        (Decimal128("2.5"), "number", 2.5),
        ("12", "autonumber", 12),
        ("true", "boolean", True),
        (0, "boolean", False),
        ("2026-01-02", "date", datetime(2026, 1, 2)),
        ("12.50", "decimal128", Decimal128("12.50")),
        (7, "decimal128", Decimal128("7")),
        (HEX, "objectid", ObjectId(HEX)),
        (HEX, "reference", [ObjectId(HEX)]),
        (1, "enum", "1"),
        ([1], "json", [1]),
        (None, "number", None),
    ],
)
def test_what_a_value_becomes(value: Any, kind: str, expected: Any) -> None:
    found = convert(value, kind)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *(("12 ", "number"), ("1_000", "number"), ("nan", "number"), ("", "number"), (True, "number")),
        *(("yes", "boolean"), (2, "boolean"), ([], "string"), ({}, "string"), ("1.5", "autonumber")),
        *((5, "array"), ("{}", "object"), ("tomorrow", "date"), (5, "reference"), ("b", "enum"), (5, "binary")),
        ("9" * 400, "number"),
    ],
)
def test_what_is_not_guessed(value: Any, kind: str) -> None:
    with pytest.raises(Wrong):
        convert(value, kind)
