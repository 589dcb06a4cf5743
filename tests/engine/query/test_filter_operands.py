"""Operands of filter operators: literals, lists, patterns, regions, and how large a filter may be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

from engine.errors import FieldError, TooLarge
from engine.limits import Limits
from engine.query.filter_operands import FilterOperands, Ids
from engine.schema.declaration import parse_schema

HEX = "507f1f77bcf86cd799439011"
ISO = "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."
INT64 = "The integer does not fit in 64 bits."
MODULO = "Must be [divisor, remainder], whole numbers, the divisor not 0."
SIZE = "Must be a whole number that is not negative."
BITS = "Must be a mask that is not negative, or an array of places from 0 to 63."
TYPE = (
    "Must be one or more of array, binData, bool, date, decimal, double, int, long, null, number, object, "
    "objectId, regex, string, timestamp."
)
SCHEMA, _ = parse_schema([{"name": "day", "type": "date"}, {"name": "n", "type": "number"}], limits=Limits())
POINT = {"type": "Point", "coordinates": [1, 2]}


def operands(**limits: int) -> FilterOperands:
    return FilterOperands(SCHEMA, limits=Limits(**limits))


def checked(name: str, raw: Any, path: str = "x") -> tuple[Any, list[tuple[str, str]]]:
    checker = operands()
    value = getattr(checker, name)(raw, "f", path=path, depth=1)
    return value, [(error.field, error.message) for error in checker.errors]


@pytest.mark.parametrize(
    ("path", "raw", "value"),
    [
        *(("x", raw, raw) for raw in (None, "", "é", 0, -(2**63), 2**63 - 1, 0.5, [], {}, {"a": [1, {"b": None}]})),
        ("x", {"$oid": HEX}, ObjectId(HEX)),
        ("x", {"$date": 0}, datetime(1970, 1, 1)),
        ("day", "2024-02-29", datetime(2024, 2, 29)),
        ("day", {"$date": 0}, datetime(1970, 1, 1)),
        ("day", None, None),
        ("n", "text", "text"),
        ("_id", HEX, ObjectId(HEX)),
        ("_sys.created", "2024-02-29", datetime(2024, 2, 29)),
    ],
)
def test_a_literal_is_coerced_to_what_it_is_compared_with(path: str, raw: Any, value: Any) -> None:
    assert checked("_literal", raw, path) == (value, [])


@pytest.mark.parametrize(
    ("path", "raw", "errors"),
    [
        ("x", 2**63, [("f", INT64)]),
        ("x", [1, {"a": -(2**63) - 1}], [("f.1.a", INT64)]),
        ("x", {"a": {"$gt": 1}}, [("f.a.$gt", "A field name must not begin with '$'.")]),
        ("x", {"a.b": 1}, [("f.a.b", "A field name must not contain a dot.")]),
        ("x", {"$oid": "x"}, [("f", "This is not a valid $oid of extended JSON.")]),
        ("day", "today", [("f", ISO)]),
        ("day", 5, [("f", ISO)]),
        ("_id", "x", [("f", "Must be an id of 24 hexadecimal digits.")]),
    ],
)
def test_every_error_of_a_literal_is_reported(path: str, raw: Any, errors: list[tuple[str, str]]) -> None:
    assert checked("_literal", raw, path)[1] == errors


def test_each_item_of_a_list_is_a_literal() -> None:
    assert checked("_list", ["2024-02-29", None], "day") == ([datetime(2024, 2, 29), None], [])
    assert checked("_list", [], "day") == ([], [])
    assert checked("_list", ["2024-02-29", 5, "x"], "day")[1] == [("f.1", ISO), ("f.2", ISO)]
    for raw in ("x", {}, None, 5):
        assert checked("_list", raw) == ([], [("f", "Must be an array.")])


@pytest.mark.parametrize(
    ("name", "good", "bad", "message"),
    [
        ("_boolean", [True, False], [0, 1, "true", None, []], "Must be true or false."),
        ("_size", [0, 1, 2**31 - 1], [-1, 2**31, 1.0, True, "1", None], SIZE),
        (
            "_modulo",
            [[1, 0], [-(2**63), 2**63 - 1], [4, -1]],
            [[0, 0], [2**63, 0], [1, -(2**63) - 1], [1.0, 0], [True, 0], [1], [1, 2, 3], {}, 1, None],
            MODULO,
        ),
        (
            "_type",
            ["string", "binData", ["int", "null"]],
            ["String", "javascript", "", [], ["int", "x"], 2, [1], None, {}],
            TYPE,
        ),
        ("_regex", ["", "^é", "(", "x" * 1000], ["a\0", 5, None, [], {"$regex": "a"}], "Must be text without NUL."),
        ("_regex", [], ["x" * 1001], "Is longer than 1000 characters (MAX_REGEX_LENGTH)."),
        (
            "_regex_options",
            ["", "i", "imsx", "ii"],
            ["g", "I", "i\n", "i ", None, 1, ["i"]],
            'Must be letters of "imsx".',
        ),
        (
            "_bits",
            [0, 2**63 - 1, [0, 63], [5, 5]],
            [-1, 2**63, 1.0, True, "1", None, [64], [-1], [True], [1.0]],
            BITS,
        ),
        (
            "_within",
            [{"$geometry": POINT}, {"$centerSphere": [[1, 2], 3]}],
            [{}, POINT],
            "Must be an object of $geometry or $centerSphere.",
        ),
        (
            "_intersects",
            [{"$geometry": POINT}],
            [{}, {"$centerSphere": [[1, 2], 3]}],
            "Must be an object of $geometry.",
        ),
    ],
)
def test_an_operand_is_returned_as_it_is_or_refused(
    name: str, good: list[Any], bad: list[Any], message: str
) -> None:
    for raw in good:
        assert checked(name, raw) == (raw, []), raw
    for raw in bad:
        assert checked(name, raw) == (raw, [("f", message)]), raw


@pytest.mark.parametrize(
    ("name", "raw", "parts"),
    [
        ("_literal", "text", 0),
        ("_literal", {}, 1),
        ("_literal", {"a": [1, 2]}, 4),
        ("_list", [1, 2, 3], 3),
        ("_list", [[], {"a": 1}], 5),
        ("_list", Ids([ObjectId(HEX)] * 50), 0),
        ("_bits", [1, 2], 2),
        ("_bits", 3, 0),
        ("_within", {"$centerSphere": [[1, 2], 3]}, 6),
    ],
)
def test_the_parts_of_an_operand_count_against_the_cap(name: str, raw: Any, parts: int) -> None:
    getattr(operands(query_nodes=parts), name)(raw, "f", path="x", depth=1)
    if parts:
        with pytest.raises(TooLarge) as caught:
            getattr(operands(query_nodes=parts - 1), name)(raw, "f", path="x", depth=1)
        assert caught.value.message == f"The filter has more than {parts - 1} parts (MAX_QUERY_NODES)."


def test_a_filter_is_no_deeper_and_all_its_parts_no_more_than_the_cap() -> None:
    checker = operands(depth=2, query_nodes=3)
    checker._enter("a", 2, 3)
    with pytest.raises(TooLarge) as caught:
        checker._enter("b", 3, 0)
    assert caught.value.errors == (FieldError("b", "The filter is deeper than 2 levels (MAX_DEPTH)."),)
    with pytest.raises(TooLarge) as caught:
        checker._enter("c", 1, 1)
    assert caught.value.errors == (FieldError("c", "The filter has more than 3 parts (MAX_QUERY_NODES)."),)


def test_ids_of_documents_are_taken_as_they_are() -> None:
    ids = Ids([ObjectId(HEX)])
    value, errors = checked("_list", ids, "_id")
    assert (value, errors) == ([ObjectId(HEX)], [])
    assert type(value) is list
