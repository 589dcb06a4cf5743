"""Serializers of requests: each member's errors, all at once, with texts that name the member."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import pytest

import engine
from management.serializers.fields import (
    Declared,
    Passed,
    RequestSerializer,
    Text,
    parse,
)
from web.operations.types import Digits, Flag, OptionalPastTime, QuerySort

TEXT = "name must be a string without NUL"


class Sample(RequestSerializer):
    name = Text()
    note = Text(default="none")
    page = Declared(Annotated[int, Digits(10)], default=1)
    flag = Declared(Flag, default=False)
    at = Declared(OptionalPastTime, required=False)
    sort = Declared(QuerySort, absent="", required=False)
    anything = Passed(Text(), required=False)


class Closed(RequestSerializer):
    rejects_unknown = True
    name = Text(missing="Say which.")
    flag = Declared(Flag)


def errors_of(shape: type[RequestSerializer], data: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    with pytest.raises(engine.Invalid) as raised:
        parse(shape, data)
    return raised.value.message, [(error.field, error.message) for error in raised.value.errors]


def test_values_and_defaults() -> None:
    defaults = {"note": "none", "page": 1, "flag": False, "at": None, "sort": ()}
    assert parse(Sample, {"name": "a", "other": 1}) == {"name": "a", **defaults}
    given = {"name": " a ", "note": "b", "page": "10", "flag": True, "at": "2020-01-01", "anything": [{}]}
    assert parse(Sample, {**given, "sort": "a,-b"}) == {
        **given,
        "page": 10,
        "at": datetime(2020, 1, 1),
        "sort": (("a", 1), ("b", -1)),
    }


@pytest.mark.parametrize(
    ("member", "value", "text"),
    [
        *[("name", value, "name is required") for value in (None, "")],
        *[("name", value, TEXT) for value in (0, True, [], {}, "a\0b")],
        *[("page", value, "page must be a whole number from 1 to 10") for value in ("0", "11", "", "x", "٣", "-1")],
        *[("flag", value, "flag must be true or false") for value in (None, 1, "true", [])],
        ("at", "2199-01-01", "at must be in the past"),
        ("at", "soon", "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."),
        ("sort", '{"a": 2}', "sort must give each field 1 or -1"),
    ],
)
def test_one_error_is_the_message(member: str, value: Any, text: str) -> None:
    assert errors_of(Sample, {"name": "a", member: value}) == (text, [(member, text)])


def test_all_errors_at_once_and_in_their_places() -> None:
    message, errors = errors_of(Sample, {"page": "x", "sort": '{"a": 1, "a": 1}', "dry_run": True})
    assert message == "The request is not valid."
    assert [field for field, _ in errors] == ["name", "page", "sort.a", "dry_run"]
    assert errors[-1] == ("dry_run", "Unknown parameter dry_run.")


def test_unknown_members() -> None:
    assert parse(Closed, {"name": "a", "flag": True}) == {"name": "a", "flag": True}
    assert errors_of(Closed, {"nam": "a"})[1] == [
        ("name", "Say which."),
        ("flag", "flag must be true or false"),
        ("nam", "Unknown parameter nam."),
    ]
