"""JSON in and out: what is refused and why, and that everything else comes back as it was."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Regex, Timestamp
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.encoding import dumps, loads, plain
from engine.limits import Limits
from tests.engine.strategies import NAMES, TEXTS, VALUES, nested, refusal, same

LIMITS = Limits()
DEEP = "nested deeper than 32 levels (MAX_DEPTH)"
NOT_64 = "does not fit in 64 bits"

# --- loads --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "kind", "phrase"),
    [
        (b'{"a":1,"a":2}', engine.Invalid, "names a key twice in one object: 'a'"),
        (b'{"a":1,"\\u0061":1}', engine.Invalid, "names a key twice in one object: 'a'"),
        (b'[{"x":{"y":[{"b":1,"c":2,"b":3}]}}]', engine.Invalid, "names a key twice in one object: 'b'"),
        (b'{"a: b":1,"a:b":2,"a: b":3}', engine.Invalid, "names a key twice in one object: 'a: b'"),
        (b'{"a": 1, "a": 1}', engine.Invalid, "names a key twice in one object: 'a'"),
        (b'{"":1,"":2}', engine.Invalid, "names a key twice in one object: ''"),
        (b'{"a":":","b":"\\":","a":1}', engine.Invalid, "names a key twice in one object: 'a'"),
        (b"NaN", engine.Invalid, "not valid"),
        (b"[Infinity]", engine.Invalid, "not valid"),
        (b'{"a":-Infinity}', engine.Invalid, "not valid"),
        (b"1e400", engine.Invalid, "infinity"),
        (b"1e-400", engine.Invalid, "The number 1e-400 is too small: it would be stored as 0."),
        (b'{"a":[0,-1.5E-0325]}', engine.Invalid, "The number -1.5E-0325 is too small"),
        (b"1e-324", engine.Invalid, "The number 1e-324 is too small"),
        (b"0." + b"0" * 323 + b"1", engine.Invalid, "is too small"),
        (b"0." + b"0" * 230 + b"1e-99", engine.Invalid, "is too small"),
        (b"1e-12345678901234567890", engine.Invalid, "is too small"),
        (b"[-1E+400]", engine.Invalid, "infinity"),
        (b"1" * 400, engine.Invalid, "infinity"),
        (b'"\\ud800"', engine.Invalid, "surrogate"),
        (b'["\\udc00\\ud800"]', engine.Invalid, "surrogate"),
        (b'{"\\ud83d":1}', engine.Invalid, "surrogate"),
        (b'"\xed\xa0\x80"', engine.Invalid, "UTF-8"),
        (b"9223372036854775808", engine.Invalid, NOT_64),
        (b"-9223372036854775809", engine.Invalid, NOT_64),
        (b'{"a":[1,18446744073709551615]}', engine.Invalid, NOT_64),
        (b"18446744073709551616", engine.Invalid, NOT_64),
        (b"[-18446744073709551617]", engine.Invalid, NOT_64),
        (b'{"a":"9223372036854775808","b":9223372036854775808}', engine.Invalid, NOT_64),
        (b"1" + b"0" * 60, engine.Invalid, NOT_64),
        (b"[" * 33 + b"]" * 33, engine.TooLarge, DEEP),
        (b"[" * 5000 + b"]" * 5000, engine.TooLarge, DEEP),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, engine.TooLarge, DEEP),
        (b"[" * 900 + b"]" * 900, engine.TooLarge, DEEP),
        (b'[{"a":' * 16 + b"[1]" + b"}]" * 16, engine.TooLarge, DEEP),
        ('{"a":1}'.encode("utf-16"), engine.Invalid, "UTF-8"),
        ('{"a":1}'.encode("utf-16-le"), engine.Invalid, "not valid"),
        ('{"a":1}'.encode("utf-32"), engine.Invalid, "not valid"),
        (b'\xef\xbb\xbf{"a":1}', engine.Invalid, "byte order mark"),
        (b"", engine.Invalid, "empty"),
        (b" \n\t", engine.Invalid, "empty"),
        (b'"\xff"', engine.Invalid, "UTF-8"),
        (b'"a\nb"', engine.Invalid, "control character"),
        (b'"\x00"', engine.Invalid, "control character"),
        (b'{"a":1', engine.Invalid, "not valid"),
        (b'{"a":1}{"b":2}', engine.Invalid, "not valid"),
        (b"[1,]", engine.Invalid, "trailing comma"),
        (b"{a:1}", engine.Invalid, "not valid"),
        (b"{'a':1}", engine.Invalid, "not valid"),
        (b"01", engine.Invalid, "leading zero"),
        (b"+1", engine.Invalid, "not valid"),
        (b"1.", engine.Invalid, "not valid"),
        (b"True", engine.Invalid, "not valid"),
        (b'[1] // "x"', engine.Invalid, "not valid"),
    ],
)
def test_refused(raw: bytes, kind: type[engine.Error], phrase: str) -> None:
    problem = refusal(kind, loads, raw, depth=32)
    assert phrase in problem.message
    assert len(problem.message) < 200


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b'"9223372036854775808"', "9223372036854775808"),
        (b'{"18446744073709551616":1}', {"18446744073709551616": 1}),
        (b'["\\"18446744073709551616"]', ['"18446744073709551616']),
        (b"12345678901234567890.5", 12345678901234567890.5),
        (b"12345678901234567890e2", 12345678901234567890e2),
        (b"0.12345678901234567890123", 0.12345678901234567890123),
        (b"0e-12345678901234567890", 0.0),
        (b"-0.000E-999", -0.0),
        (b"3e-324", 5e-324),
        (b"0." + b"0" * 323 + b"5", 5e-324),
        (b'"1e-400"', "1e-400"),
        (b"-0.0", -0.0),
        (b"-0", 0),
        (b"5e-324", 5e-324),
        (b"1.7976931348623157e308", 1.7976931348623157e308),
        (b"1", 1),
        (b"1.0", 1.0),
        (b"1e5", 1e5),
        (b"true", True),
        (b'"\\u0000"', "\0"),
        (b'"\\ud83e\\udd89"', "🦉"),
        (b'{"a:b":"c:d"}', {"a:b": "c:d"}),
        (b'{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}', {"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]}),
        (b'{"\\\\":1,"\\"":2,"\\\\\\"":3}', {"\\": 1, '"': 2, '\\"': 3}),
        (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
        (b" \r\n\t[ 1 ,2 ] \n", [1, 2]),
    ],
)
def test_accepted(raw: bytes, value: Any) -> None:
    assert same(loads(raw, depth=32), value)


@given(VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_what_json_writes_is_read_with_equal_value_and_type(value: Any, ascii: bool, indent: Any) -> None:
    text = json.dumps(value, ensure_ascii=ascii, indent=indent)
    assert same(loads(text.encode(), depth=32), value)


@given(st.binary(max_size=40) | TEXTS.map(str.encode))
def test_any_bytes_give_a_value_or_one_of_our_errors(raw: bytes) -> None:
    try:
        loads(raw, depth=32)
    except (engine.Invalid, engine.TooLarge) as problem:
        assert problem.message


@given(VALUES, st.data())
def test_damaged_json_gives_a_value_or_one_of_our_errors(value: Any, data: st.DataObject) -> None:
    raw = bytearray(json.dumps(value).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.sampled_from(b'"\\{}[],:0-eE.u\x00\xff'))
    try:
        found = loads(bytes(raw), depth=32)
    except (engine.Invalid, engine.TooLarge):
        return
    assert same(loads(dumps(found), depth=32), found)


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4), st.data())
def test_a_key_named_twice_is_found_wherever_it_is(members: dict[str, Any], data: st.DataObject) -> None:
    twice = data.draw(st.sampled_from(sorted(members)))
    space = data.draw(st.sampled_from(["", " "]))
    written = partial(json.dumps, ensure_ascii=data.draw(st.booleans()), separators=(f",{space}", f":{space}"))
    pairs = [f"{written(name)}:{space}{written(value)}" for name, value in members.items()]
    pairs.insert(data.draw(st.integers(0, len(pairs))), f"{written(twice)}:{space}{written(data.draw(VALUES))}")
    text = "{" + f",{space}".join(pairs) + "}"
    for opening, closing in data.draw(st.lists(st.sampled_from([("[", "]"), ('{"q":', "}")]), max_size=5)):
        text = f"{opening}{text}{closing}"
    problem = refusal(engine.Invalid, loads, text.encode(), depth=32)
    assert problem.message == f"The JSON names a key twice in one object: {twice!r}."


def test_everything_that_would_be_lost_is_told_with_its_place() -> None:
    inner = b'{"b": 9223372036854775808, "c": 1, "c": {"d": -9223372036854775809}}'
    raw = b'{"a": [1, %s], "a.b": 1, "a.b": 1, "a.b": 1}' % inner
    problem = refusal(engine.Invalid, loads, raw, depth=32)
    assert problem.message == "The JSON names a key twice in one object: 'a.b'."
    assert [(fault.field, fault.message) for fault in problem.errors] == [
        ("a.b", "The JSON names a key twice in one object: 'a.b'."),
        ("a.1.c", "The JSON names a key twice in one object: 'c'."),
        ("a.1.b", "The integer 9223372036854775808 does not fit in 64 bits."),
        ("a.1.c.d", "The integer -9223372036854775809 does not fit in 64 bits."),
    ]
    many = b"[" + b",".join([b"9223372036854775808"] * 200) + b"]"
    told = refusal(engine.Invalid, loads, many, depth=32)
    assert [fault.field for fault in told.errors] == [str(index) for index in range(100)]


@given(st.integers(min_value=2**63, max_value=10**40), st.booleans(), nested(NAMES))
def test_a_long_integer_is_found_beside_anything(number: int, negative: bool, beside: Any) -> None:
    number = -number - 1 if negative else number
    text = json.dumps([beside, {"n": number}, str(number)])
    assert NOT_64 in refusal(engine.Invalid, loads, text.encode(), depth=32).message
    assert loads(json.dumps([beside, str(number)]).encode(), depth=32)[1] == str(number)


# --- dumps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ObjectId("507f1f77bcf86cd799439011"), '"507f1f77bcf86cd799439011"'),
        (datetime(2023, 10, 27, 10), '"2023-10-27T10:00:00.000Z"'),
        (datetime(2023, 10, 27, 10, 0, 0, 123000), '"2023-10-27T10:00:00.123Z"'),
        (datetime(1, 1, 1), '"0001-01-01T00:00:00.000Z"'),
        (date(2023, 10, 27), '"2023-10-27"'),
        (Decimal128("12.50"), '"12.50"'),
        (b"hi", '"aGk="'),
        (Binary(b"hi", 5), '"aGk="'),
        (Regex("^a"), '{"pattern":"^a"}'),
        (Regex("^a", "im"), '{"pattern":"^a","options":"im"}'),
        (Timestamp(5, 0), '"1970-01-01T00:00:05.000Z"'),
        (Timestamp(5, 1), '{"t":5,"i":1}'),
        (Int64(2**53 + 1), "9007199254740993"),
        ([1, 1.0, True, None], "[1,1.0,true,null]"),
        (-0.0, "-0.0"),
        ("🦉\0", '"🦉\\u0000"'),
    ],
)
def test_every_stored_type_has_one_json_form(value: Any, text: str) -> None:
    assert dumps(value) == text.encode()
    assert plain({"v": [value]}) == {"v": [json.loads(text)]}


def test_what_has_no_json_form_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        dumps(object())


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        (b"[]", 1),
        (b"1", 0),
        (b"[1,2,3]", 3),
        (b'{"a":1,"b":[{}]}', 4),
        (b"[" + b"[]," * 1_000 + b"[]]", 2_002),
        (b'[",,,[[[{{{",1]', 2),
        (b'["\\",,,[",1]', 2),
        (b'["\\\\",1]', 2),
        (b'{",[{":",[{"}', 1),
        (b'["' + b"," * 10_000 + b'"]', 1),
        (b"[" + b'"",' * 1_000 + b'""]', 1_001),
        (b'["' + b'\\"' * 10_000 + b'"]', 1),
    ],
)
def test_values_are_counted_outside_of_strings(raw: bytes, values: int) -> None:
    """The first element of an array counts with its array."""
    assert loads(raw, depth=32, values=values) == json.loads(raw)
    if values:
        refused = refusal(engine.TooLarge, loads, raw, depth=32, values=values - 1)
        assert refused.message == f"The JSON has more than {values - 1} values (MAX_BODY_VALUES)."


@pytest.mark.parametrize(
    "raw", [b"[" * 1_000, b'["' + b"[]," * 1_000, b'[",' + b'"a",' * 1_000, b"\\" + b"[]," * 1_000]
)
def test_what_is_not_json_is_refused_in_any_case(raw: bytes) -> None:
    with pytest.raises((engine.Invalid, engine.TooLarge)):
        loads(raw, depth=32, values=100)
