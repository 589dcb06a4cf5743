"""Declarations of fields: what is accepted, every fault of what is not, and the way back into words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

import engine
import engine.schema
from engine.limits import Limits
from engine.schema.fields import MISSING, Field, parse_field
from engine.schema.types import LEAST, TYPES, CoercionError
from tests.engine.schema.test_types import CANONICAL
from tests.engine.strategies import TEXTS, same

LIMITS = Limits()
FTS = "MongoDB keeps this name for its own indexes; it cannot be unique."
HEX = "507f1f77bcf86cd799439011"


NEEDED: dict[str, dict[str, Any]] = {"enum": {"enum": ["a"]}, "reference": {"collection": "others"}}


def declared(**raw: Any) -> Field:
    field, errors = parse_field({"name": "f"} | raw, limits=LIMITS)
    assert errors == []
    assert field is not None
    return field


def refused(raw: Any) -> list[tuple[str, str]]:
    field, errors = parse_field(raw, limits=LIMITS)
    assert field is None
    return errors


# --- declarations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["a", "a b", "é", "🦉", "a$b", "id", "_id2", "sys", "0", "x" * 100, " ", "constructor", "_fts"]
)
def test_names_that_can_be_had(name: str) -> None:
    assert declared(name=name) == Field(name=name, type="string")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("f", {"": "A field must be an object with a name."}),
        (None, {"": "A field must be an object with a name."}),
        ({}, {"name": "A field needs a name of 1 to 100 characters."}),
        ({"name": ""}, {"name": "A field needs a name of 1 to 100 characters."}),
        ({"name": "x" * 101}, {"name": "A field needs a name of 1 to 100 characters."}),
        ({"name": 5}, {"name": "Must be a string."}),
        ({"name": None}, {"name": "Must be a string."}),
        ({"name": "_id"}, {"name": "The name '_id' is reserved."}),
        ({"name": "_sys"}, {"name": "The name '_sys' is reserved."}),
        ({"name": "$f"}, {"name": "A field name must not begin with '$'."}),
        ({"name": "a.b"}, {"name": "A field name must not contain a dot."}),
        ({"name": "a\0"}, {"name": "A field name must not contain NUL."}),
        ({"name": "f", "type": "text"}, {"type": f"Must be one of {', '.join(TYPES)}."}),
        ({"name": "f", "type": "String"}, {"type": f"Must be one of {', '.join(TYPES)}."}),
        ({"name": "f", "type": ["string"]}, {"type": "Must be a string."}),
        ({"name": "f", "type": {}}, {"type": "Must be a string."}),
        ({"name": "f", "required": 1}, {"required": "Must be true or false."}),
        ({"name": "f", "unique": "yes"}, {"unique": "Must be true or false."}),
        ({"name": "f", "description": 5}, {"description": "Must be a string."}),
        ({"name": "f", "description": "a\0"}, {"description": "Must not contain NUL."}),
        ({"name": "f", "nullable": True}, {"nullable": "Unknown property of a field."}),
        ({"name": "f", "enum": "a"}, {"enum": "Must be an array of the allowed values."}),
        ({"name": "f", "enum": []}, {"enum": "Must name from 1 to 1000 values."}),
        ({"name": "f", "enum": ["a"] * 1001}, {"enum": "Must name from 1 to 1000 values."}),
        (
            {"name": "f", "enum": ["a", 1, None]},
            {"enum.1": "Must be a string.", "enum.2": "Must be a string."},
        ),
        ({"name": "f", "enum": ["a\0"]}, {"enum": "Must not contain NUL."}),
        ({"name": "f", "default": 5}, {"default": "Must be a string."}),
        ({"name": "f", "default": "c", "enum": ["a", "b"]}, {"default": "Must be one of a, b."}),
        ({"name": "f", "default": None, "required": True}, {"default": "This field is required."}),
        ({"name": "f", "default": "a\0"}, {"default": "Must not contain NUL."}),
        (
            {"name": "f", "type": "object", "default": {"$where": 1, "a": {"b.c": 1}}},
            {
                "default.$where": "A field name must not begin with '$'.",
                "default.a.b.c": "A field name must not contain a dot.",
            },
        ),
        (
            {"name": "f", "type": "array", "default": [[[]]] and [{"a": "x\0"}]},
            {"default": "Must not contain NUL."},
        ),
        ({"name": "_fts", "unique": True}, {"unique": FTS}),
        ({"name": "f", "type": "null", "required": True}, {"required": "A field of type null cannot be required."}),
        *(
            ({"name": "f", "type": kind, "unique": True}, {"unique": f"A field of type {kind} cannot be unique."})
            for kind in ("object", "array", "null", "regex")
        ),
    ],
)
def test_a_fault_of_a_declaration(raw: Any, expected: dict[str, str]) -> None:
    assert dict(refused(raw)) == expected


def test_every_fault_at_once() -> None:
    raw = {
        "name": "$f",
        "type": "array",
        "required": "yes",
        "unique": True,
        "default": {"$a": 1},
        "enum": [[], "x"],
        "description": 7,
        "index": True,
    }
    assert dict(refused(raw)) == {
        "name": "A field name must not begin with '$'.",
        "required": "Must be true or false.",
        "unique": "A field of type array cannot be unique.",
        "default": "Must be an array.",
        "default.$a": "A field name must not begin with '$'.",
        "enum.1": "Must be an array.",
        "description": "Must be a string.",
        "index": "Unknown property of a field.",
    }


def test_an_unknown_type_hides_nothing_that_does_not_depend_on_it() -> None:
    raw = {"name": "", "type": "text", "required": 1, "description": "\0", "x": 1, "enum": [], "default": 1}
    assert {place for place, _ in refused(raw)} == {"name", "type", "required", "description", "x"}


def test_a_backslash_is_not_nul() -> None:
    assert declared(default="C:\\x00", description="\\u0000").default == "C:\\x00"


def test_a_declared_default_and_enum_are_in_stored_form() -> None:
    field = declared(type="objectid", default=HEX.upper(), enum=[HEX])
    assert (field.default, field.enum) == (ObjectId(HEX), (ObjectId(HEX),))


DECLARATIONS = st.sampled_from(sorted(CANONICAL.keys() - {"null"})).flatmap(
    lambda kind: st.fixed_dictionaries(
        {"name": st.just("f"), "type": st.just(kind), "required": st.booleans()},
        optional={
            "unique": st.booleans() if kind in LEAST else st.just(False),
            "default": CANONICAL[kind],
            "description": TEXTS.filter(lambda text: "\0" not in text),
        },
    )
)


@given(DECLARATIONS)
def test_a_declaration_in_words_declares_the_same_again(raw: dict[str, Any]) -> None:
    """The catalog keeps the words, and makes the schema from them at every opening."""
    field, errors = parse_field(raw, limits=LIMITS)
    if errors:
        assert field is None
        assert {place.partition(".")[0] for place, _ in errors} == {"default"}
        return
    words = field.as_dict()
    again, errors = parse_field(words, limits=LIMITS)
    assert errors == []
    assert (again, again.as_dict()) == (field, words)
    assert same(words, {key: value for key, value in raw.items() if value not in (False, "") or key == "default"})


# --- coercion -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_null_fits_every_type_unless_required(kind: str) -> None:
    assert declared(type=kind, **NEEDED.get(kind, {})).coerce(None) is None
    with pytest.raises(CoercionError, match="This field is required"):
        Field("f", type=kind, required=True).coerce(None)


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        ({"type": "enum"}, [("enum", "A field of type enum needs the values that it may have.")]),
        (
            {"type": "reference"},
            [("collection", "A reference needs the name of the collection that it points into.")],
        ),
        (
            {"type": "string", "collection": "x", "many": True},
            [
                ("collection", "A field of type string has no such property."),
                ("many", "A field of type string has no such property."),
            ],
        ),
        (
            {"type": "reference", "collection": "x", "many": True, "unique": True},
            [("unique", "A reference to many cannot be unique.")],
        ),
        (
            {"type": "objectid", "path": "addresses"},
            [("path", "A field of type objectid has no such property.")],
        ),
        (
            {"type": "reference", "collection": "x", "path": "a..b"},
            [("path", "A field name must not be empty.")],
        ),
        (
            {"type": "reference", "collection": "x", "path": "addresses.$"},
            [("path", "A field name must not begin with '$'.")],
        ),
        (
            {"type": "reference", "collection": "x", "path": ""},
            [("path", "Must have 1 to 100 characters.")],
        ),
        (
            {"type": "reference", "collection": "x", "path": ["addresses"]},
            [("path", "Must be a path in the documents of the collection, such as addresses.")],
        ),
        (
            {"type": "autonumber", "required": True, "default": 1, "enum": [1]},
            [
                ("required", "A field of type autonumber cannot be required."),
                ("default", "The service numbers the documents itself."),
                ("enum", "The service numbers the documents itself."),
            ],
        ),
        ({"type": "json", "unique": True}, [("unique", "A field of type json cannot be unique.")]),
    ],
)
def test_properties_that_go_with_a_type(raw: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert refused({"name": "f"} | raw) == faults


def test_a_reference_with_a_path() -> None:
    raw = {"name": "f", "type": "reference", "collection": "others", "path": "addresses.rooms"}
    assert declared(**raw).as_dict() == raw
    assert declared(**raw).coerce(HEX) == ObjectId(HEX)


def test_a_reference_to_many() -> None:
    field = declared(type="reference", collection="others", many=True)
    assert field.coerce([HEX]) == [ObjectId(HEX)]
    assert field.coerce([]) == []
    for value, text in ((HEX, "Must be an array of ids."), ([5], "Must be an id of 24 hexadecimal digits.")):
        with pytest.raises(CoercionError, match=text):
            field.coerce(value)
    assert field.as_dict() == {"name": "f", "type": "reference", "many": True, "collection": "others"}


def test_null_fits_an_enum() -> None:
    assert declared(enum=["a"]).coerce(None) is None


@pytest.mark.parametrize(
    ("kind", "enum", "fits", "not_this"),
    [
        ("string", ["a", "b"], "b", "c"),
        ("number", [1, 2.5], 1.0, 2),
        ("boolean", [True], True, False),
        ("date", ["2023-10-27"], "2023-10-27T00:00:00Z", "2023-10-28"),
        ("objectid", [HEX], HEX.upper(), "0" * 24),
        ("decimal128", ["1.5"], "1.5", "1.6"),
        ("array", [[1]], [1], [2]),
    ],
)
def test_an_enum(kind: str, enum: list[Any], fits: Any, not_this: Any) -> None:
    field = declared(type=kind, enum=enum)
    field.coerce(fits)
    with pytest.raises(CoercionError, match="Must be one of"):
        field.coerce(not_this)


def test_a_long_enum_is_told_in_part() -> None:
    with pytest.raises(CoercionError) as caught:
        declared(type="number", enum=[*range(1000)]).coerce(-1)
    assert str(caught.value).startswith("Must be one of 0, 1, 2,")
    assert str(caught.value).endswith(" 19, ….")


def test_a_default_is_a_new_one_for_each_document() -> None:
    field = declared(type="object", default={"a": [1]})
    one = field.fresh_default()
    one["a"].append(2)
    assert field.fresh_default() == {"a": [1]} == field.default
    assert field.as_dict()["default"] == {"a": [1]}


def test_no_default_is_not_null() -> None:
    assert declared().default is MISSING
    assert "default" not in declared().as_dict()
    assert declared(default=None).as_dict() == {"name": "f", "type": "string", "default": None}


def test_types_are_told_to_the_surfaces() -> None:
    assert engine.schema.TYPES is TYPES


# --- equality ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "allowed", "refuses", "accepts"),
    [
        ("json", [1], [True, "1", [1]], [1, 1.0]),
        ("json", [True], [1, 1.0, "true"], [True]),
        ("json", [0], [False, ""], [0, 0.0, -0.0]),
        ("json", [False], [0, 0.0], [False]),
        ("json", [[1]], [[True], [[1]], [1, 1]], [[1], [1.0]]),
        ("json", [{"a": 0}], [{"a": False}, {"a": 0, "b": 0}, {"b": 0}], [{"a": 0}]),
        ("json", [{"a": [{"b": True}]}], [{"a": [{"b": 1}]}], [{"a": [{"b": True}]}]),
        ("json", [True, 1], [0, False], [True, 1]),
        ("array", [[1]], [[True], []], [[1]]),
        ("array", [[False, 0]], [[0, False], [0, 0], [False, False]], [[False, 0]]),
        ("object", [{"a": True}], [{"a": 1}, {}], [{"a": True}]),
        ("number", [1], [0], [1, 1.0]),
    ],
)
def test_an_enum_takes_no_number_for_a_truth_value(
    kind: str, allowed: list[Any], refuses: list[Any], accepts: list[Any]
) -> None:
    field = declared(type=kind, enum=allowed)
    for value in accepts:
        found = field.coerce(value)
        assert (found, type(found), field.result_error(value)) == (value, type(value), "")
    for value in refuses:
        with pytest.raises(CoercionError, match="Must be one of"):
            field.coerce(value)
        assert field.result_error(value).startswith("Must be one of ")
        assert refused({"name": "f", "type": kind, "enum": allowed, "default": value})[0][0] == "default"


def test_an_enum_is_named_as_json() -> None:
    with pytest.raises(CoercionError, match=re.escape('Must be one of 1, true, null, a, {"x":false}.')):
        declared(type="json", enum=[1, True, None, "a", {"x": False}]).coerce(2)


def test_the_template_of_a_computed_field_names_fields() -> None:
    field = declared(template="{{first}} {{ first.name }} {{firstly}} {{last}}")
    assert [field.reads(name) for name in ("first", "last", "name", "firs")] == [True, True, False, False]
    renamed = field.with_renamed_source("first", "given")
    assert renamed.template == "{{given}} {{ given.name }} {{firstly}} {{last}}"
    assert field.with_renamed_source("other", "x") is field
