"""MongoDB's extended JSON: which objects stand for values, what they stand for, and how documents are written."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Regex, Timestamp

from engine.query.extended_json import decode, decode_one, encode, is_literal, is_wrapper, with_literals
from engine.schema.types import CoercionError

HEX = "507f1f77bcf86cd799439011"
UUID = "12345678-1234-1234-1234-123456789aBC"
DIGITS = UUID.replace("-", "")
ISO = "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."
VALUES = [
    ({"$date": "2024-02-29T10:00:00.123Z"}, datetime(2024, 2, 29, 10, 0, 0, 123000)),
    ({"$date": "2024-02-29"}, datetime(2024, 2, 29)),
    ({"$date": 1}, datetime(1970, 1, 1, 0, 0, 0, 1000)),
    ({"$date": {"$numberLong": "-1"}}, datetime(1969, 12, 31, 23, 59, 59, 999000)),
    ({"$oid": HEX}, ObjectId(HEX)),
    ({"$numberInt": "-2147483648"}, -(2**31)),
    ({"$numberLong": "9223372036854775807"}, Int64(2**63 - 1)),
    ({"$numberDouble": "-0.5"}, -0.5),
    ({"$numberDecimal": "12.50"}, Decimal128("12.50")),
    ({"$binary": {"base64": "aGk=", "subType": "00"}}, b"hi"),
    ({"$binary": {"base64": "aGk=", "subType": "80"}}, Binary(b"hi", 128)),
    ({"$timestamp": {"t": 5, "i": 7}}, Timestamp(5, 7)),
    ({"$regularExpression": {"pattern": "^a", "options": "i"}}, Regex("^a", "i")),
    ({"$timestamp": {"t": 0, "i": 1}}, Timestamp(0, 1)),
    ({"$timestamp": {"t": {"$numberLong": "4294967295"}, "i": {"$numberInt": "7"}}}, Timestamp(2**32 - 1, 7)),
    ({"$numberDouble": "-1.5E+3"}, -1500.0),
    ({"$numberDouble": "0e-400"}, 0.0),
    ({"$numberDecimal": "-1E+6144"}, Decimal128("-1E+6144")),
    ({"$uuid": UUID}, Binary(bytes.fromhex(DIGITS), 4)),
]
WRAPPED_ONLY = ("$timestamp", "$regularExpression", "$uuid")


@pytest.mark.parametrize(("raw", "value"), VALUES)
def test_a_wrapper_stands_for_a_value(raw: dict[str, Any], value: Any) -> None:
    decoded = decode_one(raw)
    assert type(decoded) is type(value)
    assert decoded == value
    assert is_wrapper(raw)
    assert is_literal(raw) is (next(iter(raw)) not in WRAPPED_ONLY)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "$oid",
        {},
        {"oid": HEX},
        {"$OID": HEX},
        {"$oid": HEX, "x": 1},
        {"$gt": 1},
        {"$code": "x"},
        {"$minKey": 1},
    ],
)
def test_another_value_is_no_wrapper(raw: Any) -> None:
    assert not is_wrapper(raw)
    assert not is_literal(raw)


NO_INTEGERS = ["x", "", "1.5", "1_000", " 5", "5\n", "٣", "0x5", "1e3", "9" * 5000, 5, 5.7, True, None, {}]
NO_NUMBERS = ["Infinity", "-Infinity", "NaN", "x", "", "1_0", " 5 ", "5\n", "٣", 5, 5.7, True, None, {}]
OTHER_FORMS: dict[str, list[Any]] = {
    "$oid": ["", HEX[1:], "z" * 24, f"{HEX}\n", 5, None, {}, {"$oid": HEX}],
    "$date": [True, 1.5, None, [], {}, {"$numberLong": "x"}, {"$numberDouble": "1.5"}, 2**62, -(2**62)],
    "$numberInt": [*NO_INTEGERS, "2147483648", "-2147483649"],
    "$numberLong": [*NO_INTEGERS, "9223372036854775808", "-9223372036854775809"],
    "$numberDouble": [*NO_NUMBERS, "1e400", "1e-400"],
    "$numberDecimal": [*NO_NUMBERS, "1E+6145", "1E-6177", "1" * 35],
    "$binary": [
        *({}, {"base64": "aGk="}, {"subType": "00"}, {"base64": "aGk=", "subType": "00", "x": 1}, "aGk=", 5, None),
        *({"base64": text, "subType": "00"} for text in ("a", "a b-_=G k=", "aGk=\n", "a-_k", "é", 5, None)),
        *({"base64": "aGk=", "subType": kind} for kind in ("", "x", "100", " 0", "+1", "-1", 0, None)),
    ],
    "$timestamp": [
        *({}, {"t": 1}, {"t": -1, "i": 0}, {"t": 2**32, "i": 0}, {"t": 1, "i": 1, "x": 1}, 5, None, "2024-02-29"),
        *({"t": 0, "i": 0}, {"t": True, "i": 0}, {"t": 1.5, "i": 0}, {"t": "1", "i": 0}),
    ],
    "$regularExpression": [
        *({}, {"pattern": "a"}, {"pattern": 1, "options": ""}, "a", ["a", "i"], None),
        *({"pattern": "a\0", "options": ""}, {"pattern": "a", "options": "zq"}),
        *({"pattern": "a", "options": None}, {"pattern": "a", "options": "", "x": 1}),
    ],
    "$uuid": ["", "x", 5, None, DIGITS, f"{{{UUID}}}", f"urn:uuid:{UUID}", f"{UUID}\n"],
}


@pytest.mark.parametrize("raw", [{name: operand} for name, many in OTHER_FORMS.items() for operand in many])
def test_a_wrapper_of_another_form_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(CoercionError) as caught:
        decode_one(raw)
    inner = raw["$date"] if "$date" in raw and isinstance(raw["$date"], dict) and raw["$date"] else raw
    name = "$numberLong" if inner == {"$numberLong": "x"} else next(iter(raw))
    assert str(caught.value) == f"This is not a valid {name} of extended JSON."


@pytest.mark.parametrize(
    ("text", "message"), [("", ISO), ("today", ISO), ("2023-02-29", "This date or time does not exist.")]
)
def test_a_text_that_is_no_date_is_refused_as_a_date(text: str, message: str) -> None:
    with pytest.raises(CoercionError) as caught:
        decode_one({"$date": text})
    assert str(caught.value) == message


def test_values_are_decoded_at_every_depth() -> None:
    raw = {"a": [{"$oid": HEX}, {"b": {"$numberLong": "5"}}], "$uuid": "x", "c": None, "$set": {"$date": 0}}
    value = {"a": [ObjectId(HEX), {"b": 5}], "$uuid": "x", "c": None, "$set": datetime(1970, 1, 1)}
    assert decode(raw) == value
    assert decode({"$timestamp": {"t": {"$numberInt": "5"}, "i": 7}}) == Timestamp(5, 7)
    with pytest.raises(CoercionError, match=r"^This is not a valid \$oid of extended JSON\.$"):
        decode([{"a": {"$oid": "x"}}])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$a", "$a"),
        ({"$gt": ["$a", {"$oid": HEX}]}, {"$gt": ["$a", ObjectId(HEX)]}),
        ({"$literal": {"$oid": HEX}}, {"$literal": {"$oid": HEX}}),
        (
            {"a": {"$literal": [{"$date": 0}]}, "b": {"$date": 0}},
            {"a": {"$literal": [{"$date": 0}]}, "b": datetime(1970, 1, 1)},
        ),
        ({"$uuid": "x"}, {"$uuid": "x"}),
    ],
)
def test_literals_of_an_expression_become_values_except_in_literal(expression: Any, expected: Any) -> None:
    assert with_literals(expression) == expected


@pytest.mark.parametrize(
    ("value", "canonical", "relaxed"),
    [
        (1, '{"$numberInt":"1"}', "1"),
        (2**31, '{"$numberLong":"2147483648"}', "2147483648"),
        (0.5, '{"$numberDouble":"0.5"}', "0.5"),
        ("é\n", '"é\\n"', '"é\\n"'),
        (None, "null", "null"),
        (ObjectId(HEX), f'{{"$oid":"{HEX}"}}', f'{{"$oid":"{HEX}"}}'),
        (datetime(2024, 2, 29), '{"$date":{"$numberLong":"1709164800000"}}', '{"$date":"2024-02-29T00:00:00Z"}'),
        (date(2024, 2, 29), '{"$date":{"$numberLong":"1709164800000"}}', '{"$date":"2024-02-29T00:00:00Z"}'),
        (Decimal128("12.50"), '{"$numberDecimal":"12.50"}', '{"$numberDecimal":"12.50"}'),
        ([{"b": 1}], '[{"b":{"$numberInt":"1"}}]', '[{"b":1}]'),
    ],
)
def test_a_document_is_one_line_of_extended_json(value: Any, canonical: str, relaxed: str) -> None:
    assert encode({"a": value}, canonical=True) == f'{{"a":{canonical}}}'.encode()
    assert encode({"a": value}, canonical=False) == f'{{"a":{relaxed}}}'.encode()
