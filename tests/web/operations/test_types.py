"""The types of requests: what each accepts, and the text that it reports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import pytest
from pydantic import create_model

import engine
from engine.schema import Collation
from web.operations import RequestModel, types

OBJECT = "a must be a JSON object"
TEXT = "a must be a string without NUL"
COLLATION = 'Must be an object such as {"locale": "en", "strength": 2}.'


def model(declared: Any, *, default: Any = ...) -> type[RequestModel]:
    return create_model("Sample", __base__=RequestModel, a=(declared, default))


def parsed(declared: Any, value: Any) -> Any:
    return model(declared).parse({"a": value}).a  # type: ignore[attr-defined]


def refusal(declared: Any, values: dict[str, Any]) -> list[str]:
    with pytest.raises(engine.Invalid) as caught:
        model(declared).parse(values)
    assert all(error.field.split(".")[0] in ("a", "collation") for error in caught.value.errors)
    return [error.message for error in caught.value.errors]


NUMBER = Annotated[int, types.Digits(maximum=20, minimum=0)]
CLAMPED = Annotated[int, types.Clamped(maximum=20)]


@pytest.mark.parametrize(
    ("declared", "value", "result"),
    [
        *((types.Text, text, text) for text in ("x", " ", "é\n", "0")),
        (types.OptionalText, "", ""),
        (types.OptionalText, None, None),
        (types.Flag, True, True),
        (types.PositiveInteger, 2**31 - 1, 2**31 - 1),
        (types.PastTime, "2020-01-01T00:00:00Z", datetime(2020, 1, 1)),
        (types.OptionalPastTime, None, None),
        (types.CollationObject, None, None),
        (types.CollationObject, {"locale": "en"}, Collation("en", 3)),
        *((NUMBER, text, number) for text, number in (("0", 0), ("007", 7), ("20", 20))),
        *((CLAMPED, text, number) for text, number in (("0", 1), ("-3", 1), ("99999999999", 20), ("7", 7))),
        (types.QueryObject, "", {}),
        (types.QueryObject, '{"a": 1}', {"a": 1}),
        (types.QueryObject, {"a": 1}, {"a": 1}),
        (types.QueryCollation, "", None),
        (types.QueryCollation, '{"locale": "en", "strength": 2}', Collation("en", 2)),
        (types.QueryFlag, "true", True),
        (types.QueryFlag, "", False),
        (types.QuerySort, "", ()),
        (types.QuerySort, "b,-c", (("b", 1), ("c", -1))),
        (types.QuerySort, '{"b": -1}', (("b", -1),)),
        (types.QueryProjection, "", {}),
        (types.QueryProjection, "-b,-c", {"b": 0, "c": 0}),
        (types.QueryProjection, '{"b": 1}', {"b": 1}),
        (types.QueryNames, "b,c.d", ("b", "c.d")),
    ],
)
def test_what_is_accepted(declared: Any, value: Any, result: Any) -> None:
    assert parsed(declared, value) == result


@pytest.mark.parametrize(
    ("declared", "values", "text"),
    [
        *((types.Text, values, "a is required") for values in ({}, {"a": None}, {"a": ""})),
        *((types.Text, {"a": value}, TEXT) for value in (0, 1, True, 1.5, [], {}, {"$gt": ""}, "a\0", b"x")),
        *((types.OptionalText, {"a": value}, TEXT) for value in (0, [], "a\0b")),
        *((types.Flag, {"a": value}, "a must be true or false") for value in (None, 0, 1, "true", "", [])),
        (types.JsonObject, {}, "a is required"),
        *((types.JsonObject, {"a": value}, OBJECT) for value in (None, [], "", "{}", 7, True)),
        *(
            (types.PositiveInteger, {"a": value}, "a must be a whole number from 1 to 2147483647")
            for value in (None, 0, True, 1.0, "1", 2**31)
        ),
        *((types.PastTime, values, "a is required") for values in ({}, {"a": None}, {"a": ""})),
        *((types.PastTime, {"a": "9999-01-01"}, "a must be in the past") for _ in "1"),
        (types.CollationObject, {"a": "en"}, COLLATION),
        *(
            (NUMBER, {"a": value}, "a must be a whole number from 0 to 20")
            for value in ("", "-1", "1.0", "1e3", " 1", "+1", "1_0", "٣", "²", "21", "9" * 30, "x")
        ),
        *((CLAMPED, {"a": value}, "a must be a whole number") for value in ("", "x", "1.0", "+1", "٣", "1\n")),
        *((types.QueryObject, {"a": value}, OBJECT) for value in ("null", "[]", '"x"', "7")),
        (types.QueryObject, {"a": '{"b": 1, "b": 2}'}, "The JSON names a key twice in one object: 'b'."),
        (types.QueryFlag, {"a": "1"}, "a must be true or false"),
        (types.QuerySort, {"a": '{"b": 2}'}, "a must give each field 1 or -1"),
        (types.QueryProjection, {"a": '{"b": true}'}, "a must give each field 0 or 1"),
    ],
)
def test_what_is_refused(declared: Any, values: dict[str, Any], text: str) -> None:
    assert refusal(declared, values) == [text]


def test_json_nested_too_deeply_is_too_large() -> None:
    with pytest.raises(engine.TooLarge):
        parsed(types.QueryObject, "[" * 1000 + "]" * 1000)
