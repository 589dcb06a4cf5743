"""Parameters are read one by one, and told about all at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.test import RequestFactory

import engine
from web.parameters import Parameters, lists_of, query_of


def faults(given: Parameters) -> list[tuple[str, str]]:
    try:
        given.check()
    except engine.Invalid as error:
        return [(fault.field, fault.message) for fault in error.errors]
    return []


@pytest.mark.parametrize("value", ["x", " ", "é\n", "0"])
def test_texts(value: str) -> None:
    given = Parameters({"a": value})
    assert (given.text("a"), faults(given)) == (value, [])


@pytest.mark.parametrize("values", [{}, {"a": None}, {"a": ""}])
def test_missing_texts(values: dict[str, Any]) -> None:
    given = Parameters(values)
    assert (given.text("a"), given.text("a", missing="Say a."), given.text("a", default="d")) == ("", "", "d")
    assert faults(given) == [("a", "a is required"), ("a", "Say a.")]


@pytest.mark.parametrize("value", [0, 1, True, False, 1.5, [], ["x"], {}, {"$gt": ""}, "a\0", b"x"])
def test_what_is_no_text(value: Any) -> None:
    given = Parameters({"a": value})
    assert (given.text("a"), given.text("a", default="d")) == ("", "")
    assert faults(given) == [("a", "a must be a string without NUL")] * 2


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), ("2147483647", 2147483647)])
def test_whole_numbers(text: str, number: int) -> None:
    given = Parameters({"n": text})
    assert (given.whole("n", default=5), given.whole("m", default=5), faults(given)) == (number, 5, [])


@pytest.mark.parametrize("text", ["", "0", "-1", "1.0", "1e3", " 1", "1_0", "٣", "²", "2147483648", "9" * 30, "x"])
def test_what_is_no_whole_number(text: str) -> None:
    given = Parameters({"n": text})
    given.whole("n", default=5)
    assert faults(given) == [("n", "n must be a whole number from 1 to 2147483647")]


@pytest.mark.parametrize(("values", "flag"), [({}, True), ({"f": True}, True), ({"f": False}, False)])
def test_flags(values: dict[str, Any], flag: bool) -> None:
    given = Parameters(values)
    assert (given.flag("f", default=True), faults(given)) == (flag, [])


@pytest.mark.parametrize("value", [None, 0, 1, "true", "", [], {}])
def test_what_is_no_flag(value: Any) -> None:
    given = Parameters({"f": value})
    assert given.flag("f", default=True) is False
    assert faults(given) == [("f", "f must be true or false")]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "o is required"),
        *[({"o": value}, "o must be a JSON object") for value in (None, [], "", "{}", 7, True)],
    ],
)
def test_what_is_no_object(values: dict[str, Any], text: str) -> None:
    given = Parameters(values)
    assert (given.object("o"), faults(given)) == ({}, [("o", text)])


@pytest.mark.parametrize(("text", "value"), [("", "d"), ("{}", {}), ("null", None), ("[1]", [1])])
def test_json(text: str, value: Any) -> None:
    given = Parameters({"j": text})
    assert (given.json("j", default="d"), faults(given)) == (value, [])


def test_all_faults_are_told_together_and_one_alone_is_the_message() -> None:
    given = Parameters({"n": "x", "j": "{"})
    given.text("a")
    with pytest.raises(engine.Invalid, match=r"^a is required$"):
        given.check()
    given.whole("n", default=1)
    given.json("j", default={})
    assert [field for field, _ in faults(given)] == ["a", "n", "j"]
    with pytest.raises(engine.Invalid, match=r"^The request is not valid\.$"):
        given.check()
    with pytest.raises(engine.Invalid, match=r"^As published\.$"):
        given.check("As published.")


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
