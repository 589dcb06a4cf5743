"""State of an update while it is compiled: changed paths, arrays, literals, and every error."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine.errors import Code, FieldError
from engine.limits import Limits
from engine.schema.declaration import parse_schema
from engine.schema.fields import Field
from engine.update.state import OVERLAP, UpdateState

FIELDS = [
    {"name": "n", "type": "number"},
    {"name": "tags", "type": "array"},
    {"name": "deep", "type": "object"},
    {"name": "no", "type": "autonumber"},
    {"name": "people", "type": "reference", "collection": "people", "many": True},
]
OWN = "{!r} is set by the service and cannot be written."
ARRAY = frozenset({"array"})
NUMBER = frozenset({"number"})


def state(*, strict: bool = False, **limits: int) -> UpdateState:
    schema, errors = parse_schema(FIELDS, limits=Limits(), strict=strict)
    assert not errors
    return UpdateState(schema, limits=Limits(**limits), root="u", now=datetime(2024, 2, 29))


@pytest.mark.parametrize(
    ("path", "name"),
    [("n", "n"), ("tags", "tags"), ("free", None), ("free.a.0", None), ("deep.x", None), ("tags.$[]", None)],
)
def test_a_changed_path_is_recorded_with_its_declared_field(path: str, name: str | None) -> None:
    at = state()
    field = at.touch(path, "u.$set")
    assert (field and field.name) == name
    assert (at.locations, at.errors) == ({path: "u.$set"}, [])


def test_elements_of_a_reference_to_many_are_ids_that_are_required() -> None:
    field = state().touch("people.$[p]", "u")
    assert field is not None
    assert (field.type, field.many, field.required) == ("reference", False, True)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "A field name must not be empty."),
        ("a..b", "A field name must not be empty."),
        ("$a", "A field name must not begin with '$'."),
        ("a.$x", "A field name must not begin with '$'."),
        ("a\0", "A field name must not contain NUL."),
        ("a.b.c.d", "Deeper than 3 levels (MAX_DEPTH)."),
        ("a.100001", "There is no element beyond 100000 (MAX_DOCUMENT_NODES)."),
        ("_id", OWN.format("_id")),
        ("_sys.version", OWN.format("_sys")),
        ("n.x", "The field 'n' is of type number and has nothing inside it."),
        ("n.$[]", "The field 'n' is of type number and has no elements."),
        ("tags.0", "The elements of the array 'tags' cannot be set one by one; set the whole array."),
        ("no", "The service numbers the documents itself; this field cannot be written."),
        ("free.$.$", "Only one part of a path may be $."),
    ],
)
def test_a_path_that_cannot_be_changed_is_an_error_and_is_not_recorded(path: str, message: str) -> None:
    at = state(depth=3)
    assert at.touch(path, "u.x") is None
    assert at.errors == [FieldError("u.x", message)]
    assert (at.locations, at.matched, at.arrays) == ({}, {}, {})


def test_a_strict_schema_has_no_undeclared_paths() -> None:
    at = state(strict=True)
    for path in ("free", "free.a", "n"):
        at.touch(path, path)
    text = "The collection is strict and has no such field."
    assert at.errors == [FieldError("free", text), FieldError("free.a", text)]
    assert {error.code for error in at.errors} == {Code.UNKNOWN}


def test_a_path_that_is_changed_twice_is_an_error_of_the_second() -> None:
    at = state()
    at.touch("n", "u.$set.n")
    at.touch("n", "u.$inc.n")
    assert at.errors == [FieldError("u.$inc.n", OVERLAP)]


def test_positional_parts_name_their_arrays() -> None:
    at = state()
    at.touch("free.$[x].list.$[y].z", "one")
    at.touch("free.$[x].other", "two")
    at.touch("tags.$.z", "three")
    assert at.arrays == {"x": ("free", "one"), "y": ("free.list", "one")}
    assert at.matched == {"tags": "three"}
    assert at.errors == []
    at.touch("tags.$[x]", "four")
    text = "$[x] stands for elements of another array already; use another name."
    assert at.errors == [FieldError("four", text)]


def test_what_mongodb_computes_is_unchecked_as_a_whole_field() -> None:
    at = state()
    for path in ("n", "deep.a.b", "deep.c", "tags.$[]"):
        at.mark_unchecked(path)
    assert at.unchecked_fields == {"n", "deep", "tags"}


@pytest.mark.parametrize(
    ("value", "errors"),
    [
        *((value, []) for value in (None, "", 0, -(2**63), [], {}, {"a": [1]})),
        (2**63, [("u", "The integer does not fit in 64 bits.")]),
        (
            {"$a": 1, "b": [{"c.d": 1}]},
            [
                ("u.$a", "A field name must not begin with '$'."),
                ("u.b.0.c.d", "A field name must not contain a dot."),
            ],
        ),
    ],
)
def test_a_literal_is_a_plain_value(value: Any, errors: list[tuple[str, str]]) -> None:
    at = state()
    assert at.literal(value, "u", depth=1) is value
    assert at.errors == [FieldError(*error) for error in errors]


@pytest.mark.parametrize(("value", "depth", "field"), [([], 2, None), ([], 3, "u"), ([[]], 2, "u.0"), (1, 9, None)])
def test_a_literal_is_no_deeper_than_the_cap(value: Any, depth: int, field: str | None) -> None:
    at = state(depth=3)
    at.literal(value, "u", depth=depth)
    assert at.errors == ([FieldError(field, "Nested deeper than 3 levels (MAX_DEPTH).")] if field else [])


@pytest.mark.parametrize(
    ("field", "kinds", "fits"),
    [
        (None, NUMBER, True),
        (Field("a", "number"), NUMBER, True),
        (Field("a", "string"), NUMBER, False),
        (Field("a", "reference", many=True), ARRAY, True),
        (Field("a", "reference"), ARRAY, False),
        (Field("a", "reference", many=True), frozenset({"reference"}), False),
    ],
)
def test_an_operator_fits_the_type_of_a_field(field: Field | None, kinds: frozenset[str], fits: bool) -> None:
    at = state()
    assert at.fits(field, kinds, "$op", "u") is fits
    assert [error.message for error in at.errors] == (
        [] if fits or field is None else [f"$op does not go with a field of type {field.type}."]
    )
    assert all(error.code == Code.TYPE for error in at.errors)


def test_a_value_is_coerced_to_its_field_or_stays_with_an_error() -> None:
    at = state()
    assert at.coerced(None, "2024-02-29", "u") == "2024-02-29"
    assert at.coerced(Field("day", "date"), "2024-02-29", "u") == datetime(2024, 2, 29)
    assert at.errors == []
    assert at.coerced(Field("a", "number"), "x", "u.a") == "x"
    assert at.coerced(Field("b", required=True), None, "u.b") is None
    assert at.errors == [FieldError("u.a", "Must be a number."), FieldError("u.b", "This field is required.")]
