"""Whole documents against a schema: coerced and checked, every fault of every document told at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId, Timestamp
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.encoding import plain
from engine.errors import FieldError, invalid
from engine.limits import Limits
from engine.schema import TYPES
from engine.schema.declaration import parse_schema
from engine.schema.inference import Inference
from engine.schema.schema import Schema
from engine.schema.types import CoercionError
from tests.engine.conftest import Make
from tests.engine.strategies import PLAIN_NAMES, STORABLE_VALUES, faults, refusal, same

LIMITS = Limits()
HEX = "507f1f77bcf86cd799439011"
REQUIRED = "This field is required."
NO_FIELD = "The collection is strict and has no such field."
PROPERTIES = {"enum": {"enum": ["a", "b"]}, "reference": {"collection": "others"}}
EACH_TYPE = [{"name": name, "type": name} | PROPERTIES.get(name, {}) for name in TYPES]


def schema(*fields: dict[str, Any], strict: bool = False) -> Schema:
    found, wrong = parse_schema([*fields], limits=LIMITS, strict=strict)
    assert wrong == []
    return found


def reserved(name: str) -> str:
    return f"{name!r} is set by the service and cannot be written."


# --- documents ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "document", "expected"),
    [
        ([], {}, {}),
        ([], {"a": {"b": [1]}}, {"a": {"b": [1]}}),
        ([{"name": "a"}], {"b": 1}, {"b": 1}),
        ([{"name": "a"}], {"a": None}, {"a": None}),
        ([{"name": "a", "type": "date"}], {"a": "2023-10-27"}, {"a": datetime(2023, 10, 27)}),
        ([{"name": "a", "type": "objectid"}], {"b": HEX, "a": HEX}, {"b": HEX, "a": ObjectId(HEX)}),
        ([{"name": "a", "default": "x"}], {}, {"a": "x"}),
        ([{"name": "a", "default": "x"}], {"a": "y"}, {"a": "y"}),
        ([{"name": "a", "default": "x"}], {"a": None}, {"a": None}),
        ([{"name": "a", "default": None}], {}, {"a": None}),
        ([{"name": "a", "default": "x", "required": True}], {}, {"a": "x"}),
        ([{"name": "a", "type": "boolean", "default": False}], {}, {"a": False}),
        ([{"name": "a", "type": "number", "required": True}], {"a": 0}, {"a": 0}),
        ([{"name": "a b", "type": "number"}], {"a b": 1}, {"a b": 1}),
    ],
)
def test_a_document_that_fits(fields: list[Any], document: Any, expected: Any) -> None:
    (found,) = schema(*fields).coerce([document], limits=LIMITS)
    assert same(found, expected) or found == expected
    assert [*found] == [*expected]


@pytest.mark.parametrize(
    ("fields", "strict", "documents", "expected"),
    [
        ([], False, [1], [("", "A document must be a JSON object.", 0)]),
        ([], False, [{}, None, []], [("", "A document must be a JSON object.", n) for n in (1, 2)]),
        ([], False, [{"_id": HEX}], [("_id", reserved("_id"), 0)]),
        ([], False, [{"_id": None}], [("_id", reserved("_id"), 0)]),
        ([], False, [{}, {"_sys": {}}], [("_sys", reserved("_sys"), 1)]),
        ([], True, [{"a": 1, "b": None}], [("a", NO_FIELD, 0), ("b", NO_FIELD, 0)]),
        ([{"name": "a"}], True, [{"a": "x"}, {"A": "x"}], [("A", NO_FIELD, 1)]),
        ([{"name": "a", "required": True}], False, [{}], [("a", REQUIRED, 0)]),
        ([{"name": "a", "required": True}], False, [{"a": None}], [("a", REQUIRED, 0)]),
        ([{"name": "a", "required": True, "default": "x"}], False, [{"a": None}], [("a", REQUIRED, 0)]),
        ([{"name": "a", "required": True}], False, [{"a": 1}], [("a", "Must be a string.", 0)]),
        ([{"name": "a", "enum": ["x"]}], False, [{"a": "x"}, {"a": "y"}], [("a", "Must be one of x.", 1)]),
        ([], False, [{"$a": 1}], [("$a", "A field name must not begin with '$'.", 0)]),
        ([], False, [{"a": {"b": 2**64}}], [("a.b", "The integer does not fit in 64 bits.", 0)]),
        ([{"name": "a", "type": "object", "default": {}}], False, [{"a": []}], [("a", "Must be an object.", 0)]),
    ],
)
def test_a_document_that_does_not_fit(fields: Any, strict: bool, documents: Any, expected: Any) -> None:
    assert faults(engine.Invalid, schema(*fields, strict=strict).coerce, documents, limits=LIMITS) == expected


def test_every_fault_of_every_document() -> None:
    found = schema(
        {"name": "n", "type": "number", "required": True},
        {"name": "when", "type": "date"},
        {"name": "kind", "enum": ["a", "b"]},
        strict=True,
    )
    documents = [
        {"n": "1", "when": "today", "kind": "c", "_id": 1, "x": 1},
        {"n": 1, "when": "2023-10-27", "kind": None},
        {"when": None, "a.b": 1},
        "text",
    ]
    told = faults(engine.Invalid, found.coerce, documents, limits=LIMITS)
    assert {(place, index) for place, _, index in told} == {
        *(("n", 0), ("when", 0), ("kind", 0), ("_id", 0), ("x", 0), ("n", 2), ("a.b", 2), ("", 3)),
    }
    problem = refusal(engine.Invalid, found.coerce, documents, limits=LIMITS)
    assert problem.message == "9 errors; the first: document 0, n: Must be a number."


def test_of_very_many_faults_a_thousand_are_told() -> None:
    problem = refusal(engine.Invalid, schema().coerce, [{"_id": 1}] * 1500, limits=LIMITS)
    assert len(problem.errors) == 1000
    assert problem.message.startswith("1500 errors; the first: document 0, _id: ")


def test_a_default_is_not_shared_between_documents() -> None:
    found = schema({"name": "tags", "type": "array", "default": [{"a": []}]})
    one, two = found.coerce([{}, {}], limits=LIMITS)
    one["tags"][0]["a"].append("mine")
    assert two["tags"] == [{"a": []}]
    assert found.coerce([{}], limits=LIMITS)[0]["tags"] == [{"a": []}]


def test_what_the_caller_sent_is_left_alone() -> None:
    sent = {"when": "2023-10-27"}
    schema({"name": "when", "type": "date"}, {"name": "n", "default": "x"}).coerce([sent], limits=LIMITS)
    assert sent == {"when": "2023-10-27"}


@given(st.dictionaries(PLAIN_NAMES, STORABLE_VALUES, max_size=5))
def test_without_declared_fields_documents_are_kept_as_they_are(document: dict[str, Any]) -> None:
    document = {name: value for name, value in document.items() if name not in ("_id", "_sys")}
    (found,) = schema({"name": "declared"}).coerce([document | {"declared": "x"}], limits=LIMITS)
    assert same(found, document | {"declared": "x"})


# --- changes and operands -----------------------------------------------------------------------------

SAMPLE = schema(
    {"name": "name", "required": True},
    {"name": "when", "type": "date"},
    {"name": "tags", "type": "array"},
    {"name": "home", "type": "object"},
    strict=True,
)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("name", "x", ""),
        ("name", None, REQUIRED),
        ("name", 1, "Must be a string."),
        ("when", None, ""),
        ("when", "x", "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."),
        ("tags", ["x"], ""),
        ("tags.0", 1, "The elements of the array 'tags' cannot be set one by one; set the whole array."),
        ("home.city.name", "x", ""),
        ("name.first", "x", "The field 'name' is of type string and has nothing inside it."),
        ("when.year", 1, "The field 'when' is of type date and has nothing inside it."),
        ("other", 1, NO_FIELD),
        ("other.x", 1, NO_FIELD),
        ("_id", HEX, reserved("_id")),
        ("_id.x", 1, reserved("_id")),
        ("_sys", {}, reserved("_sys")),
        ("_sys.version", 1, reserved("_sys")),
    ],
)
def test_a_value_to_be_set(path: str, value: Any, text: str) -> None:
    _, wrong = SAMPLE.coerce_values({path: value})
    assert wrong == ([FieldError(path, text)] if text else [])


def test_values_to_be_set_are_coerced() -> None:
    assert SAMPLE.coerce_values({"when": "2023-10-27", "home.when": "2023-10-27"}) == (
        {"when": datetime(2023, 10, 27), "home.when": "2023-10-27"},
        [],
    )


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("_id", HEX, ObjectId(HEX)),
        ("_id", None, None),
        ("_sys.created", "2023-10-27", datetime(2023, 10, 27)),
        ("_sys.updated", "2023-10-27T01:00+01:00", datetime(2023, 10, 27)),
        ("_sys.version", 1, 1),
        ("date", "2023-10-27", datetime(2023, 10, 27)),
        ("datetime", "2023-10-27T10:00Z", datetime(2023, 10, 27, 10)),
        ("objectid", HEX, ObjectId(HEX)),
        ("binary", "aGk=", b"hi"),
        ("decimal128", "1.5", Decimal128("1.5")),
        ("timestamp", {"t": 1, "i": 2}, Timestamp(1, 2)),
        ("date", None, None),
        ("string", 5, 5),
        ("number", "5", "5"),
        ("unknown", HEX, HEX),
        ("date.x", "2023-10-27", "2023-10-27"),
    ],
)
def test_an_operand_takes_the_type_of_what_it_is_compared_with(path: str, value: Any, expected: Any) -> None:
    typed = schema(*EACH_TYPE)
    assert typed.coerce_operand(path, value) == expected
    assert type(typed.coerce_operand(path, value)) is type(expected)


@pytest.mark.parametrize("path", ["_id", "_sys.created", "date", "objectid", "binary", "decimal128", "timestamp"])
def test_an_operand_of_the_wrong_form_is_wrong(path: str) -> None:
    typed = schema(*EACH_TYPE)
    for value in ("no such thing!", True, ["x"]):
        with pytest.raises(CoercionError):
            typed.coerce_operand(path, value)


def test_a_required_enum_does_not_narrow_what_can_be_asked() -> None:
    found = schema({"name": "when", "type": "date", "required": True, "enum": ["2023-10-27"]})
    assert found.coerce_operand("when", None) is None
    assert found.coerce_operand("when", "1999-01-01") == datetime(1999, 1, 1)


# --- reading ------------------------------------------------------------------------------------------


def test_a_date_is_a_calendar_date_again() -> None:
    found = schema({"name": "day", "type": "date"}, {"name": "at", "type": "datetime"})
    midnight, noon = datetime(2023, 10, 27), datetime(2023, 10, 27, 12)
    odd = datetime(2023, 10, 27, 0, 0, 0, 1000)
    documents = [{"day": midnight, "at": midnight}, {"day": noon}, {"day": odd}, {"day": "text"}, {"day": None}, {}]
    assert found.present(documents) == [
        {"day": date(2023, 10, 27), "at": midnight},
        *({"day": noon}, {"day": odd}, {"day": "text"}, {"day": None}, {}),
    ]


def test_all_types_are_stored_and_read_back(make: Make) -> None:
    things = make(*EACH_TYPE)
    sent = {
        "string": "a\0b",
        "number": -0.0,
        "object": {"": {" ": []}},
        "array": [1, 1.0, True, None],
        "boolean": False,
        "date": "2023-10-27",
        "datetime": "2023-10-27T00:00:00.000Z",
        "null": None,
        "binary": "aGk=",
        "objectid": HEX,
        "decimal128": "12.50",
        "regex": {"pattern": "^a", "options": "i"},
        "timestamp": {"t": 5, "i": 1},
        "email": "a@example.com",
        "url": "https://example.com/",
        "enum": "a",
        "json": [{"a": 1.5}],
        "reference": HEX,
    }
    assert sent.keys() == TYPES.keys() - {"autonumber"}
    things.insert([sent])
    (read,) = plain(things.find(engine.Query(fields={"_id": 0, "_sys": 0})).documents)
    assert same(read, sent | {"autonumber": 1})


def test_a_schema_in_words_is_the_same_again() -> None:
    found = schema(
        {"name": "a", "type": "date", "unique": True, "default": "2023-10-27"},
        {"name": "b", "type": "regex", "default": {"pattern": "a", "options": "i"}},
        {"name": "c", "type": "timestamp", "enum": ["2023-10-27"], "required": True},
    )
    assert schema(*found.as_list()) == found
    assert found.unique == {"a": {"partialFilterExpression": {"a": {"$gte": datetime(1, 1, 1)}}}}


# --- inference ----------------------------------------------------------------------------------------


def test_fields_of_one_type_are_declared() -> None:
    seen = Inference()
    seen.add([{"s": "x", "n": 1, "b": True, "o": {}, "a": [], "mixed": 1, "never": None}, {"n": 1.5, "late": "x"}])
    seen.add([{"mixed": "x", "s": None, "never": None, "$odd": 1, "a.b": 1, "": 1, "x" * 101: 1, "_id": "x"}])
    assert {field.name: field.type for field in seen.schema(limits=LIMITS).fields} == {
        **{"s": "string", "n": "number", "b": "boolean", "o": "object", "a": "array", "late": "string"},
    }


def test_inference_holds_and_declares_no_more_than_its_caps() -> None:
    seen = Inference()
    for start in range(0, 30_000, 1000):
        seen.add([{f"f{number}": 1 for number in range(start, start + 1000)}])
    assert len(seen.schema(limits=LIMITS).fields) == LIMITS.collection_fields
    assert len(seen.schema(limits=Limits(collection_fields=100_000)).fields) == 10_000


# --- invalid ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([FieldError("", "No.")], "No."),
        ([FieldError("filters.a", "No.")], "filters.a: No."),
        ([FieldError("d", "No.", 0)], "Document 0, d: No."),
        ([FieldError("", "No.", 3)], "Document 3: No."),
        ([FieldError("a", "No."), FieldError("b", "No.")], "2 errors; the first: a: No."),
        ([FieldError("a", "No.", 1), FieldError("b", "No.", 2)], "2 errors; the first: document 1, a: No."),
    ],
)
def test_one_error_for_all_faults(found: list[FieldError], message: str) -> None:
    assert invalid(found).message == message
    assert invalid(found).errors == tuple(found)
