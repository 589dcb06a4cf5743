"""The lenient types of this dialect's requests."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

import engine
from dialects.restdb.operations.documents import CreateParameters
from dialects.restdb.operations.lists import DisplayOptions
from dialects.restdb.operations.types import NOTHING, RestRequest, Specs, WholeNumber, is_on, json_object


class Sample(RestRequest):
    number: WholeNumber = 0
    specs: Specs = ()


def errors_of(values: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(engine.Invalid) as caught:
        Sample.parse(values)
    return [(error.field, error.message) for error in caught.value.errors]


@pytest.mark.parametrize("text", NOTHING)
def test_what_clients_send_for_no_value(text: str) -> None:
    assert json_object("q", f" {text} ") == {}
    assert Sample.parse({"number": text}).number == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [*((on, True) for on in ("true", "1", " True ", True)), *((off, False) for off in ("", "yes", "0", 1, None))],
)
def test_switches(value: Any, expected: bool) -> None:
    assert is_on(value) is expected


@pytest.mark.parametrize(("value", "expected"), [("7", 7), (" 12 ", 12), (3, 3), ("999999999", 999_999_999)])
def test_whole_numbers(value: Any, expected: int) -> None:
    assert Sample.parse({"number": value}).number == expected


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "1234567890", "٣", 1.0, True, None, -1])
def test_invalid_whole_numbers(value: Any) -> None:
    assert errors_of({"number": value}) == [("number", "Must be a whole number that is not negative.")]


def test_parameters_without_text_are_ignored_and_hints_are_not() -> None:
    assert Sample.parse({"specs": ("a", "", "b")}).specs == ("a", "b")
    assert Sample.parse({"specs": "a"}).specs == ("a",)
    text = "Must be an array of at most 32 texts."
    for specs in (["a", ""], [1], {}, ["a"] * 33, None):
        assert errors_of({"specs": specs, "number": "x"})[1:] == [("specs", text)]


def test_undeclared_parameters_and_repeated_ones() -> None:
    params = QueryDict("validate=FALSE&dry_run=true&$x=1")
    assert CreateParameters.of_params(params).is_validated is False
    assert CreateParameters.of_params(QueryDict("")).is_validated is True
    assert DisplayOptions.of_params(QueryDict("metafields=0&metafields=1")).metafields is True
