"""The types of fields: what each takes, what it says to the rest, and the form in which a value comes back."""

from __future__ import annotations

import base64
import json
import math
from datetime import date, datetime
from typing import Any

import bson
import pytest
from bson import Decimal128, Int64, ObjectId, Regex, Timestamp
from hypothesis import given
from hypothesis import strategies as st

from engine.encoding import dumps, plain
from engine.schema.types import LEAST, TYPES, CoercionError, all_finite, equal_json, without_infinities
from tests.engine.strategies import FLOATS, INTEGERS, PLAIN_NAMES, STORABLE_VALUES, TEXTS, same

HEX = "507f1f77bcf86cd799439011"
ISO = "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."
NO_DATE = "This date or time does not exist."
ID = "Must be an id of 24 hexadecimal digits."
DECIMAL = 'Must be a decimal number, best as text, such as "12.50".'
DIGITS = "Must be a decimal number of at most 34 digits, from 1E-6176 to 9E+6144."
BASE64 = "Must be text in base64."
REGEX = 'Must be an object such as {"pattern": "^a", "options": "i"}.'
REGEX_PARTS = '"pattern" must be text without NUL, "options" letters of "imsx".'
SECONDS = "A timestamp is a whole second after 1970-01-01T00:00:00Z, up to 2106."
PARTS = '"t" and "i" must be integers from 0 to 4294967295, not both 0.'

# type, what is sent, what is stored, what comes back
GOOD = [
    ("string", "", "", ""),
    ("string", "🦉\0", "🦉\0", "🦉\0"),
    ("number", 1, 1, 1),
    ("number", 1.0, 1.0, 1.0),
    ("number", -0.0, -0.0, -0.0),
    ("number", 2**63 - 1, 2**63 - 1, 2**63 - 1),
    ("object", {}, {}, {}),
    ("object", {"a": {"b": [1]}}, {"a": {"b": [1]}}, {"a": {"b": [1]}}),
    ("array", [], [], []),
    ("array", [1, "a", None], [1, "a", None], [1, "a", None]),
    ("boolean", True, True, True),
    ("boolean", False, False, False),
    ("date", "2023-10-27", datetime(2023, 10, 27), "2023-10-27T00:00:00.000Z"),
    ("date", "2023-10-27T10:00Z", datetime(2023, 10, 27, 10), "2023-10-27T10:00:00.000Z"),
    ("datetime", "2023-10-27", datetime(2023, 10, 27), "2023-10-27T00:00:00.000Z"),
    ("datetime", "2023-10-27T10:00:00", datetime(2023, 10, 27, 10), "2023-10-27T10:00:00.000Z"),
    ("datetime", "2023-10-27 10:00:00Z", datetime(2023, 10, 27, 10), "2023-10-27T10:00:00.000Z"),
    ("datetime", "2023-10-27T10:00:00+05:30", datetime(2023, 10, 27, 4, 30), "2023-10-27T04:30:00.000Z"),
    ("datetime", "2023-10-27T23:00:00-0200", datetime(2023, 10, 28, 1), "2023-10-28T01:00:00.000Z"),
    ("datetime", "2023-10-27T10:00:00.1Z", datetime(2023, 10, 27, 10, 0, 0, 100000), None),
    ("datetime", "2023-10-27T10:00:00.123999Z", datetime(2023, 10, 27, 10, 0, 0, 123000), None),
    ("datetime", "0001-01-01", datetime(1, 1, 1), "0001-01-01T00:00:00.000Z"),
    ("datetime", "1969-12-31T23:59:59.999Z", datetime(1969, 12, 31, 23, 59, 59, 999000), None),
    ("datetime", "9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999000), None),
    ("datetime", date(2023, 10, 27), datetime(2023, 10, 27), "2023-10-27T00:00:00.000Z"),
    ("null", None, None, None),
    ("binary", "", b"", ""),
    ("binary", "aGk=", b"hi", "aGk="),
    ("objectid", HEX, ObjectId(HEX), HEX),
    ("objectid", HEX.upper(), ObjectId(HEX), HEX),
    ("decimal128", "12.50", Decimal128("12.50"), "12.50"),
    ("decimal128", "-0", Decimal128("-0"), "-0"),
    ("decimal128", ".5", Decimal128("0.5"), "0.5"),
    ("decimal128", "1E+3", Decimal128("1E+3"), "1E+3"),
    ("decimal128", "1e-6176", Decimal128("1E-6176"), "1E-6176"),
    ("decimal128", "9" * 34, Decimal128("9" * 34), "9" * 34),
    ("decimal128", 5, Decimal128("5"), "5"),
    ("decimal128", 0.1, Decimal128("0.1"), "0.1"),
    ("regex", {"pattern": "^a"}, Regex("^a"), {"pattern": "^a"}),
    ("regex", {"pattern": "^a", "options": ""}, Regex("^a"), {"pattern": "^a"}),
    ("regex", {"pattern": "(", "options": "xmis"}, Regex("(", "imsx"), {"pattern": "(", "options": "imsx"}),
    ("timestamp", "2023-10-27T10:00:00Z", Timestamp(1698400800, 0), "2023-10-27T10:00:00.000Z"),
    ("timestamp", "1970-01-01T00:00:01Z", Timestamp(1, 0), "1970-01-01T00:00:01.000Z"),
    ("timestamp", {"t": 0, "i": 1}, Timestamp(0, 1), {"t": 0, "i": 1}),
    ("timestamp", "2106-02-07T06:28:15Z", Timestamp(2**32 - 1, 0), "2106-02-07T06:28:15.000Z"),
    ("timestamp", {"t": 5, "i": 0}, Timestamp(5, 0), "1970-01-01T00:00:05.000Z"),
    ("timestamp", {"t": 5, "i": 7}, Timestamp(5, 7), {"t": 5, "i": 7}),
    ("email", "Ann+x@mail.example.com", "Ann+x@mail.example.com", "Ann+x@mail.example.com"),
    ("email", "é@exämple.com", "é@exämple.com", "é@exämple.com"),
    ("url", "https://example.com:8443/a?b=c#d", "https://example.com:8443/a?b=c#d", None),
    ("url", "http://127.0.0.1", "http://127.0.0.1", None),
    ("enum", "a", "a", "a"),
    ("json", {"a": [1, None]}, {"a": [1, None]}, {"a": [1, None]}),
    ("json", "text", "text", "text"),
    ("reference", HEX, ObjectId(HEX), HEX),
    ("autonumber", 5, 5, 5),
]

BAD: dict[str, list[tuple[Any, str]]] = {
    "string": [(value, "Must be a string.") for value in (1, True, [], {}, 1.5)],
    "number": [(value, "Must be a number.") for value in ("1", True, False, [], {}, float("inf"), float("nan"))],
    "object": [(value, "Must be an object.") for value in ([], "{}", 1, True)],
    "array": [(value, "Must be an array.") for value in ({}, "[]", 1, True)],
    "boolean": [(value, "Must be true or false.") for value in (0, 1, "true", [], {})],
    "null": [(value, "Must be null.") for value in (0, "", "null", False, [], {})],
    "date": [
        *((value, ISO) for value in (1698400800, 0.5, True, [], {}, "", "today", "27.10.2023", "20231027", "2023")),
        *((value, ISO) for value in ("2023-10-27T10", "2023-10-27T10:00:00 Z", "２０２３-10-27", "2023-10-27\n")),
        *((value, NO_DATE) for value in ("2023-02-29", "0000-01-01", "2023-13-01", "2023-10-27T25:00:00Z")),
        *((value, NO_DATE) for value in ("2023-10-27T23:59:60Z", "2023-10-27T10:00:00+24:00")),
        *((value, "The date is out of range.") for value in ("0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00")),
    ],
    "binary": [(value, BASE64) for value in ("aGk", "a b=", "é", "====", "aGk=\n", "-_-_", 5, True, [], {})],
    "objectid": [(value, ID) for value in ("", HEX[1:], HEX + "0", "z" * 24, HEX + "\n", 5, True, [], {})],
    "decimal128": [
        *((value, DECIMAL) for value in ("", "x", "NaN", "sNaN", "Infinity", "-inf", "1_000", " 1", "0x1", "١")),
        *((value, DECIMAL) for value in ("1" * 101, "1e999999999", True, [], {}, float("nan"))),
        *((value, DIGITS) for value in ("9" * 35, "1e6145", "1e-6177", "1.00000000000000000000000000000000001")),
    ],
    "regex": [
        *((value, REGEX) for value in ("^a", {}, {"options": "i"}, {"pattern": "a", "x": 1}, [], 5, True)),
        *((value, REGEX_PARTS) for value in ({"pattern": 1}, {"pattern": "a\0"}, {"pattern": None})),
        *(({"pattern": "a", "options": value}, REGEX_PARTS) for value in ("g", "I", "u", None, 1, ["i"])),
    ],
    "timestamp": [
        *((value, ISO) for value in (5, True, [], {}, {"t": 1}, {"t": 1, "i": 1, "x": 1}, "now")),
        *(
            ({"t": t, "i": i}, PARTS)
            for t, i in ((0, 0), (2**32, 0), (0, 2**32), (-1, 0), (1.0, 0), (True, 0), ("1", 0))
        ),
        *(
            (value, SECONDS)
            for value in ("1969-12-31T23:59:59Z", "1970-01-01", "2106-02-07T06:28:16Z", "2023-10-27T10:00:00.5Z")
        ),
    ],
}
BAD["datetime"] = BAD["date"]
BAD["email"] = [
    (value, "Must be an e-mail address.")
    for value in (
        "",
        "a",
        "a@b",
        "a@b.",
        "a@.b",
        "a b@c.de",
        "a@b@c.de",
        "a@b.de\n",
        "x" * 65 + "@b.de",
        5,
        [],
        True,
    )
]
BAD["url"] = [
    (value, "Must be an absolute http or https URL of at most 2048 characters.")
    for value in (
        "",
        "example.com",
        "//x.y",
        "ftp://x.y",
        "javascript:alert(1)",
        "http://",
        "https://a b",
        "http://a:0",
    )
]
BAD["url"] += [(value, BAD["url"][0][1]) for value in ("http://a:99999", "http://a\n", "http://[", "h" * 2049, 5)]
BAD["enum"] = BAD["string"]
BAD["json"] = []
BAD["reference"] = BAD["objectid"]
BAD["autonumber"] = [(value, "Must be a whole number.") for value in ("1", 1.0, True, [], {})]


def returned(value: Any) -> Any:
    """What a caller reads after the value went through BSON."""
    return plain(bson.decode(bson.encode({"v": value}))["v"])


@pytest.mark.parametrize(("kind", "sent", "kept", "back"), GOOD)
def test_what_a_type_takes(kind: str, sent: Any, kept: Any, back: Any) -> None:
    found = TYPES[kind](sent)
    assert type(found) is type(kept)
    assert found == kept
    assert kind != "number" or repr(found) == repr(kept)
    if back is not None or kind == "null":
        assert same(returned(found), back)


@pytest.mark.parametrize(
    ("kind", "sent", "text"), [(kind, sent, text) for kind, rows in BAD.items() for sent, text in rows]
)
def test_what_a_type_refuses(kind: str, sent: Any, text: str) -> None:
    with pytest.raises(CoercionError) as caught:
        TYPES[kind](sent)
    assert str(caught.value) == text


def test_the_tables_cover_every_type() -> None:
    assert {kind for kind, *_ in GOOD} == BAD.keys() == TYPES.keys()
    assert len(TYPES) == 19


@given(st.sampled_from(sorted(TYPES)), STORABLE_VALUES)
def test_any_value_is_taken_or_wrong_and_what_is_taken_can_be_stored(kind: str, value: Any) -> None:
    try:
        found = TYPES[kind](value)
    except CoercionError as problem:
        assert str(problem)
        return
    again = TYPES[kind](returned(found))
    assert same(returned(again), returned(found))


MOMENTS = st.datetimes().map(lambda value: value.replace(microsecond=value.microsecond // 1000 * 1000))
CANONICAL = {
    "string": TEXTS,
    "number": INTEGERS | FLOATS,
    "boolean": st.booleans(),
    "object": st.dictionaries(PLAIN_NAMES, STORABLE_VALUES, max_size=3),
    "array": st.lists(STORABLE_VALUES, max_size=3),
    "null": st.none(),
    "datetime": MOMENTS.map(lambda value: json.loads(dumps(value))),
    "binary": st.binary(max_size=40).map(lambda value: base64.b64encode(value).decode()),
    "objectid": st.binary(min_size=12, max_size=12).map(bytes.hex),
    "decimal128": st.decimals(-(10**15), 10**15, places=6).map(lambda value: str(Decimal128(value))),
    "regex": st.fixed_dictionaries(
        {"pattern": TEXTS.filter(lambda text: "\0" not in text)},
        optional={"options": st.sampled_from(["i", "m", "im", "imsx", "sx"])},
    ),
    "timestamp": st.fixed_dictionaries({"t": st.integers(0, 2**32 - 1), "i": st.integers(1, 2**32 - 1)}),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(CANONICAL))
def test_a_canonical_value_comes_back_as_it_was_sent(kind: str) -> None:
    @given(CANONICAL[kind])
    def holds(value: Any) -> None:
        assert same(returned(TYPES[kind](value)), value)

    holds()


def test_what_is_of_its_type_already_stays() -> None:
    for kind, value in [
        ("objectid", ObjectId()),
        ("decimal128", Decimal128("1")),
        ("regex", Regex("a")),
        ("timestamp", Timestamp(1, 1)),
        ("binary", b"x"),
        ("datetime", datetime(2023, 1, 1)),
    ]:
        assert TYPES[kind](value) is value or TYPES[kind](value) == value


def test_the_least_values_are_for_the_types_that_can_be_unique() -> None:
    assert TYPES.keys() - LEAST.keys() == {"object", "array", "null", "regex", "json"}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, True, False),
        (0.0, False, False),
        (True, True, True),
        (1, 1.0, True),
        (Int64(1), 1, True),
        ([1], [True], False),
        ([1, 2], [1], False),
        ({"a": [{"b": 0}]}, {"a": [{"b": False}]}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1.0}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        (None, False, False),
        ("1", 1, False),
    ],
)
def test_equality_as_json_has_it(one: Any, other: Any, equal: bool) -> None:
    assert (equal_json(one, other), equal_json(other, one)) == (equal, equal)


def test_infinities_as_text() -> None:
    value = {"a": [math.inf, -math.inf, math.nan, 1.5, {"b": math.inf}], "c": "x", "d": True}
    expected = {"a": ["Infinity", "-Infinity", "NaN", 1.5, {"b": "Infinity"}], "c": "x", "d": True}
    assert without_infinities(value) == expected


@pytest.mark.parametrize(
    ("number", "is_finite"),
    [
        *((number, True) for number in (0, 2**63 - 1, 1.5, Decimal128("9E+6144"), Decimal128("-1E+400"))),
        *((number, False) for number in (math.inf, -math.inf, math.nan)),
        *((Decimal128(text), False) for text in ("Infinity", "-Infinity", "NaN", "sNaN")),
    ],
)
def test_numbers_that_arithmetic_cannot_store_are_detected(number: Any, is_finite: bool) -> None:
    assert all_finite({"a": ["x", {"b": number}]}) is is_finite
