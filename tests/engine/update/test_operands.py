"""Operands of the update operators: what each takes, what becomes of it, and every error."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId

from engine.errors import Code, TooLarge
from engine.limits import Limits
from engine.schema.declaration import parse_schema
from engine.update.operands import OPERANDS
from engine.update.state import UpdateState

HEX = "507f1f77bcf86cd799439011"
REQUIRED = "This field is required."
NUMBER = "Must be a number."
ARRAY = "Must be an array."
DATE = 'Must be true, {"$type": "date"} or {"$type": "timestamp"}.'
INTEGER = "Must be a whole number from -2147483647 to 2147483647."
ORDER = "Must be 1 or -1, or an object that gives each field 1 or -1."
INT64 = "The integer does not fit in 64 bits."
ISO = "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."
UNFIT = "{} does not go with a field of type {}."
DOLLAR = "A field name must not begin with '$'."
FIELDS = [
    {"name": "name", "type": "string", "required": True},
    *(
        {"name": kind, "type": kind}
        for kind in ("number", "decimal128", "date", "datetime", "timestamp", "array", "json")
    ),
    {"name": "people", "type": "reference", "collection": "people", "many": True},
]


def state(**limits: int) -> UpdateState:
    schema, errors = parse_schema(FIELDS, limits=Limits())
    assert not errors
    return UpdateState(schema, limits=Limits(**limits), root="u", now=datetime(2024, 2, 29, 12, 0, 0, 5000))


def checked(name: str, path: str, operand: Any, at: UpdateState | None = None) -> tuple[Any, list[tuple[str, str]]]:
    at = at or state()
    field = at.touch(path, "u")
    value = OPERANDS[name](at, operand, name=name, path=path, location="u", field=field)
    return value, [(error.field, error.message) for error in at.errors]


@pytest.mark.parametrize(
    ("name", "path", "operand", "value"),
    [
        *((name, "free", {"a": [1]}, {"a": [1]}) for name in ("$set", "$setOnInsert", "$min", "$max")),
        *((name, "date", "2024-02-29", datetime(2024, 2, 29)) for name in ("$set", "$setOnInsert", "$min", "$max")),
        ("$set", "number", None, None),
        ("$set", "people.$[p]", HEX, ObjectId(HEX)),
        *(("$unset", "free", operand, "") for operand in (True, 1, "")),
        *(("$inc", "number", operand, operand) for operand in (0, -5, 0.5, 2**63 - 1)),
        ("$mul", "decimal128", "1.50", Decimal128("1.50")),
        ("$inc", "free", -1, -1),
        ("$rename", "free", "other", "other"),
        ("$rename", "number", "a.b", "a.b"),
        ("$currentDate", "date", True, {"$type": "date"}),
        ("$currentDate", "timestamp", {"$type": "timestamp"}, {"$type": "timestamp"}),
        ("$currentDate", "free", True, "2024-02-29T12:00:00.005Z"),
        ("$push", "array", {"a": 1}, {"a": 1}),
        ("$push", "array", [1], [1]),
        ("$push", "people", HEX, ObjectId(HEX)),
        ("$addToSet", "people", {"$each": [HEX]}, {"$each": [ObjectId(HEX)]}),
        (
            "$push",
            "free",
            {"$each": [], "$slice": -(2**31) + 1, "$position": 2**31 - 1, "$sort": {"a.b": -1}},
            {"$each": [], "$slice": -(2**31) + 1, "$position": 2**31 - 1, "$sort": {"a.b": -1}},
        ),
        ("$push", "free", {"$each": [2, 1], "$sort": 1}, {"$each": [2, 1], "$sort": 1}),
        ("$pull", "array", 5, 5),
        ("$pull", "free", {"n": {"$gt": 1}}, {"n": {"$gt": 1}}),
        ("$pull", "free.$[x].list", {"$in": ["a"]}, {"$in": ["a"]}),
        *(("$pop", "json", operand, operand) for operand in (1, -1)),
    ],
)
def test_an_operand_is_coerced_as_mongodb_gets_it(name: str, path: str, operand: Any, value: Any) -> None:
    result, errors = checked(name, path, operand)
    assert errors == []
    assert (type(result), result) == (type(value), value)


@pytest.mark.parametrize(
    ("name", "path", "operand", "errors"),
    [
        ("$set", "name", None, [("u", REQUIRED)]),
        ("$set", "number", "5", [("u", NUMBER)]),
        ("$set", "free", {"$a": 2**63}, [("u.$a", DOLLAR), ("u.$a", INT64)]),
        *(
            ("$unset", "free", operand, [("u", 'Must be true, 1 or "".')])
            for operand in (0, 1.0, False, None, "x", {})
        ),
        ("$unset", "name", True, [("u", REQUIRED)]),
        *(("$inc", "number", operand, [("u", NUMBER)]) for operand in ("1", None, True, [], {})),
        ("$inc", "free", "1", [("u", NUMBER)]),
        ("$mul", "name", 2, [("u", UNFIT.format("$mul", "string"))]),
        ("$min", "array", 1, [("u", UNFIT.format("$min", "array"))]),
        ("$max", "date", "today", [("u", ISO)]),
        *(("$rename", "free", operand, [("u", "Must be the new name.")]) for operand in (None, 1, ["a"], {})),
        ("$rename", "name", "other", [("u", REQUIRED)]),
        ("$rename", "free", "a.$[].b", [("u", "What is inside elements of arrays cannot be renamed.")]),
        ("$rename", "free.$.a", "b", [("u", "What is inside elements of arrays cannot be renamed.")]),
        (
            "$rename",
            "date",
            "other",
            [("u", "A date can be renamed to a declared field alone; undeclared fields hold JSON.")],
        ),
        *(
            ("$currentDate", "date", operand, [("u", DATE)])
            for operand in (False, 1, "date", None, {}, {"$type": "Date"}, {"$type": "date", "x": 1}, {"$type": []})
        ),
        ("$currentDate", "timestamp", True, [("u", UNFIT.format("$currentDate", "timestamp"))]),
        (
            "$currentDate",
            "free",
            {"$type": "timestamp"},
            [("u", "Declare the field as a timestamp; undeclared fields have the values of JSON alone.")],
        ),
        ("$push", "number", 1, [("u", UNFIT.format("$push", "number"))]),
        ("$push", "people", "x", [("u", "Must be an id of 24 hexadecimal digits.")]),
        ("$addToSet", "people", {"$each": ["x"]}, [("u.$each", "Must be an id of 24 hexadecimal digits.")]),
        ("$push", "free", {"$slice": 1}, [("u", "Needs $each beside the others.")]),
        ("$push", "free", {"$each": 1}, [("u.$each", ARRAY)]),
        ("$push", "free", {"$each": [], "a": 1}, [("u.a", "a is not allowed here.")]),
        ("$addToSet", "free", {"$each": [], "$slice": 1}, [("u.$slice", "$slice is not allowed here.")]),
        *(
            ("$push", "free", {"$each": [], "$slice": number}, [("u.$slice", INTEGER)])
            for number in (2**31, -(2**31), 1.0, True, None)
        ),
        *(
            ("$push", "free", {"$each": [], "$sort": order}, [("u.$sort", ORDER)])
            for order in (0, True, {}, {"a": "1"}, [1], None)
        ),
        ("$push", "free", {"$each": [], "$sort": {"$a": 1}}, [("u.$sort.$a", DOLLAR)]),
        ("$pull", "free", {"n": {"$where": 1}}, [("u.n.$where", "The operator $where is not allowed here.")]),
        *(
            (name, "number", operand, [("u", UNFIT.format(name, "number"))])
            for name, operand in (
                *(("$push", {"$each": 1}), ("$addToSet", {"$each": [], "$slice": 1}), ("$pop", 0)),
                *(("$pull", 1), ("$pull", {"$where": 1}), ("$pull", {"$gt": 2**63})),
            )
        ),
        *(
            ("$pop", "free", operand, [("u", "Must be 1, for the last element, or -1, for the first.")])
            for operand in (0, 1.0, True, "1")
        ),
    ],
)
def test_every_error_of_an_operand_is_reported(
    name: str, path: str, operand: Any, errors: list[tuple[str, str]]
) -> None:
    assert checked(name, path, operand)[1] == errors


@pytest.mark.parametrize(
    ("operand", "limits", "message"),
    [
        ({"$in": [1, 2, 3]}, {"query_nodes": 3}, "The filter has more than 3 parts (MAX_QUERY_NODES)."),
        ({"a": {"$not": {"$gt": 1}}}, {"depth": 2}, "The filter is deeper than 2 levels (MAX_DEPTH)."),
    ],
)
def test_a_condition_past_a_cap_is_too_large(operand: Any, limits: dict[str, int], message: str) -> None:
    with pytest.raises(TooLarge) as caught:
        checked("$pull", "free", operand, state(**limits))
    assert caught.value.message == message


def test_errors_have_the_codes_of_what_is_wrong() -> None:
    at = state()
    checked("$unset", "name", True, at)
    checked("$mul", "name", 2, at)
    assert [error.code for error in at.errors] == [Code.REQUIRED, Code.INVALID, Code.TYPE]


@pytest.mark.parametrize(
    ("name", "path", "operand", "unchecked"),
    [
        ("$inc", "number", 1, set()),
        ("$inc", "number", 1.5, {"number"}),
        ("$mul", "free.a", 2, {"free"}),
        ("$rename", "free", "other", set()),
        ("$rename", "free", "number", {"number"}),
        ("$rename", "free", "a.b", {"a"}),
        ("$set", "number", 1.5, set()),
    ],
)
def test_what_mongodb_computes_must_be_checked_afterwards(
    name: str, path: str, operand: Any, unchecked: set[str]
) -> None:
    at = state()
    checked(name, path, operand, at)
    assert (at.errors, at.unchecked_fields) == ([], unchecked)


def test_a_new_name_counts_as_a_change_of_its_path() -> None:
    at = state()
    checked("$rename", "free", "other", at)
    assert at.locations == {"free": "u", "other": "u"}
    checked("$set", "other", 1, at)
    overlap = "The same change does something else to this field, or to one that it lies in."
    assert [error.message for error in at.errors] == [overlap]


def test_patterns_that_mongodb_may_give_up_on_are_recorded_or_refused_inside_elements() -> None:
    at = state()
    checked("$pull", "free", {"$regex": "(a+)+b"}, at)
    assert [(use.path, use.pattern) for use in at.regex_uses] == [("free", "(a+)+b")]
    assert at.errors == []
    _, ((field, message),) = checked("$pull", "free.$[].list", {"$regex": "(a+)+b"})
    assert field == "u"
    assert message.startswith("This regular expression may reach MongoDB's limits")


@pytest.mark.parametrize(("name", "operand"), [("$set", [[]]), ("$push", []), ("$push", {"$each": [[]]})])
def test_an_operand_lies_as_deep_as_its_path(name: str, operand: Any) -> None:
    assert checked(name, "free.a", operand, state(depth=4))[1] == []
    ((_, message),) = checked(name, "free.a", operand, state(depth=3))[1]
    assert message == "Nested deeper than 3 levels (MAX_DEPTH)."
