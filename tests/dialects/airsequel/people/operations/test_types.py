"""Types of the requests about people, teams and tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dialects.airsequel.people.operations.types import (
    BillingNumber,
    BillingText,
    Email,
    Line,
    Name,
    Permissions,
    Roles,
    Secret,
    ThreeStateTime,
)
from engine import Invalid
from web.operations import RequestModel


class Everything(RequestModel):
    name: Name = "x"
    line: Line = "x"
    email: Email = "a@example.com"
    secret: Secret = "x"
    roles: Roles = []
    permissions: Permissions = []
    time: ThreeStateTime = None
    text: BillingText = None
    number: BillingNumber = None


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "é" * 100, "é" * 100),
        ("secret", " \t\0", " \t\0"),
        ("roles", ["Admin", "Editor"], ["Admin", "Editor"]),
        ("permissions", [{"db_id": "x", "name": "read", "other": 1}], [("x", "read")]),
        ("time", "2030-01-31T12:00:00+02:00", datetime(2030, 1, 31, 10, tzinfo=UTC)),
        ("time", {"tag": "TextValue", "contents": "2030-01-31"}, datetime(2030, 1, 31, tzinfo=UTC)),
        ("time", {"tag": "TextNull"}, None),
        ("time", None, None),
        ("text", None, None),
        ("number", 2**63 - 1, 2**63 - 1),
    ],
)
def test_a_value_is_read(field: str, value: Any, expected: Any) -> None:
    assert getattr(Everything.parse({field: value}), field) == expected


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", ["", "x" * 101, "a\nb", "\0", 1, None, []]),
        ("line", ["", "x" * 255, "a\rb", True]),
        ("email", ["", "x", "a@b", "a@example.com\n", 1, None, "x" * 250 + "@example.com"]),
        ("secret", ["", "x" * 1025, 1, None]),
        ("roles", [[], "Admin", ["admin"], ["Admin"] * 4, None, [1], [[]], [{}]]),
        ("permissions", [[], {}, None, [1], [{}], [{"db_id": "x", "name": []}], [{"db_id": 1, "name": "read"}]]),
        ("permissions", [[{"db_id": "x", "name": "read"}] * 1001]),
        ("time", ["x", 1, {"tag": "TextValue"}, {"tag": "TextValue", "contents": 1}, {}, [], True]),
        ("text", [1, "x" * 255, "\0", []]),
        ("number", ["1", -1, 2**63, 1.0, True, []]),
    ],
)
def test_anything_else_is_an_error_of_the_field(field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(Invalid) as error:
            Everything.parse({field: value})
        assert {issue.field.partition(".")[0] for issue in error.value.errors} == {field}, value
