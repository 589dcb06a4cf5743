"""Parameters are read one by one, and their errors are reported together."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.test import RequestFactory

import engine
from web.requests.parameters import Parameters, lists_of, query_of


def errors(params: Parameters) -> list[tuple[str, str]]:
    try:
        params.check()
    except engine.Invalid as error:
        return [(item.field, item.message) for item in error.errors]
    return []


@pytest.mark.parametrize("value", ["x", " ", "é\n", "0"])
def test_texts(value: str) -> None:
    params = Parameters({"a": value})
    assert (params.text("a"), errors(params)) == (value, [])


@pytest.mark.parametrize("values", [{}, {"a": None}, {"a": ""}])
def test_missing_texts(values: dict[str, Any]) -> None:
    params = Parameters(values)
    assert (params.text("a"), params.text("a", missing="Say a."), params.text("a", default="d")) == ("", "", "d")
    assert errors(params) == [("a", "a is required"), ("a", "Say a.")]


@pytest.mark.parametrize("value", [0, 1, True, False, 1.5, [], ["x"], {}, {"$gt": ""}, "a\0", b"x"])
def test_values_that_are_not_strings(value: Any) -> None:
    params = Parameters({"a": value})
    assert (params.text("a"), params.text("a", default="d")) == ("", "")
    assert errors(params) == [("a", "a must be a string without NUL")] * 2


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), ("2147483647", 2147483647)])
def test_whole_numbers(text: str, number: int) -> None:
    params = Parameters({"n": text})
    assert (params.integer("n", default=5), params.integer("m", default=5), errors(params)) == (number, 5, [])


@pytest.mark.parametrize("text", ["", "0", "-1", "1.0", "1e3", " 1", "1_0", "٣", "²", "2147483648", "9" * 30, "x"])
def test_values_that_are_not_whole_numbers(text: str) -> None:
    params = Parameters({"n": text})
    params.integer("n", default=5)
    assert errors(params) == [("n", "n must be a whole number from 1 to 2147483647")]


@pytest.mark.parametrize(("values", "flag"), [({}, True), ({"f": True}, True), ({"f": False}, False)])
def test_booleans(values: dict[str, Any], flag: bool) -> None:
    params = Parameters(values)
    assert (params.boolean("f", default=True), errors(params)) == (flag, [])


@pytest.mark.parametrize("value", [None, 0, 1, "true", "", [], {}])
def test_values_that_are_not_booleans(value: Any) -> None:
    params = Parameters({"f": value})
    assert params.boolean("f", default=True) is False
    assert errors(params) == [("f", "f must be true or false")]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "o is required"),
        *[({"o": value}, "o must be a JSON object") for value in (None, [], "", "{}", 7, True)],
    ],
)
def test_values_that_are_not_objects(values: dict[str, Any], text: str) -> None:
    params = Parameters(values)
    assert (params.object("o"), errors(params)) == ({}, [("o", text)])


@pytest.mark.parametrize(("text", "value"), [("", "d"), ("{}", {}), ("null", None), ("[1]", [1])])
def test_json(text: str, value: Any) -> None:
    params = Parameters({"j": text})
    assert (params.json("j", default="d"), errors(params)) == (value, [])


def test_errors_are_reported_together_and_a_single_one_is_the_message() -> None:
    params = Parameters({"n": "x", "j": "{"})
    params.text("a")
    with pytest.raises(engine.Invalid, match=r"^a is required$"):
        params.check()
    params.integer("n", default=1)
    params.json("j", default={})
    assert [field for field, _ in errors(params)] == ["a", "n", "j"]
    with pytest.raises(engine.Invalid, match=r"^The request is not valid\.$"):
        params.check()
    with pytest.raises(engine.Invalid, match=r"^As published\.$"):
        params.check("As published.")


@pytest.mark.parametrize(
    "text",
    [
        *("", "a=1", "a=1&a=2", "a", "a=&b", "&&a=1&", "a=b=c", "%61=1"),
        *("a+b=c+d", "a=%7B%22x%22%3A1%7D", "a=%C3%A4", "a=%FF"),
    ],
)
def test_a_query_string_is_read_as_django_reads_it(text: str) -> None:
    request = RequestFactory().generic("GET", f"/?{text}")
    assert query_of(request) == request.GET.dict()
    assert [*lists_of(request).lists()] == [*request.GET.lists()]


def test_a_query_string_has_as_many_parameters_as_django_allows(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    request = RequestFactory().generic("GET", "/?a=1&b=2&c=3&d=4")
    with pytest.raises(TooManyFieldsSent):
        query_of(request)
