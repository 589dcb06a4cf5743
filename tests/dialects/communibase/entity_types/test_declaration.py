"""Declarations of entity types: what they are parsed to, and every error with its path."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.declaration import parse_declaration
from dialects.communibase.entity_types.model import NO_ID, TYPES

ID = "60c72b2f9b1d8b1a2d3e4567"
REQUIRED, TEXT, FLAG = "This field is required.", "Must be a string.", "Must be true or false."
LENGTH = "Must be a whole number that is not negative."
BOUND = "Must be a number or a date."


def embedded(title: str, *attributes: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "isResource": False, "attributes": [*attributes]}


DECLARED = EntityTypes(
    "d",
    {},
    {
        "Street": embedded("Street", {"title": "name"}),
        "Home": embedded("Home", {"title": "streets", "type": "Array", "items": "Street"}),
        "Loop": embedded("Loop", {"title": "person", "type": "Person"}),
        "Outer": embedded("Outer", {"title": "loop", "type": "Array", "items": "Loop"}),
        "Circle": embedded("Circle", {"title": "circle", "type": "Circle"}),
    },
)


# As it is once "Person" has been declared without what it embeds.
WITH_PERSON = EntityTypes("d", {}, {**DECLARED.declared, "Person": embedded("Person", {"title": "name"})})


def errors_of(body: Any, *, types: EntityTypes = DECLARED) -> list[tuple[str, str]]:
    with pytest.raises(engine.Invalid) as refused:
        parse_declaration(body, types)
    return [(error.field, error.message) for error in refused.value.errors]


def test_a_declaration_is_an_entity_type() -> None:
    body = {
        "_id": ID,
        "title": "Person",
        "description": "People",
        "updatedAt": "now",
        "updatedBy": "me",
        "isCore": True,
        "attributes": [
            {"title": "_id", "type": "ObjectId"},
            {"title": "updatedAt", "type": "Date"},
            {"title": "name", "isRequired": True, "renderHint": "wide"},
            {"title": "homes", "type": "Array", "items": "Home"},
            {"title": "things", "type": "Array"},
        ],
    }
    parsed = parse_declaration(body, DECLARED)
    assert (parsed.id, parsed.title, parsed.is_resource) == (ID, "Person", True)
    assert [(item.title, item.type, item.items, item.is_required) for item in parsed.attributes] == [
        ("name", "string", "", True),
        ("homes", "Array", "Home", False),
        ("things", "Array", "Mixed", False),
    ]
    expected = {name: value for name, value in body.items() if name not in ("updatedAt", "updatedBy")}
    assert parsed.as_document() == {**expected, "isResource": True, "attributes": body["attributes"][2:]}


@pytest.mark.parametrize("body", [None, [], "Person", 7])
def test_a_body_that_is_no_object(body: Any) -> None:
    with pytest.raises(engine.Invalid, match="The body must be a JSON object, the whole entity type"):
        parse_declaration(body, DECLARED)


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"title": None}, [("title", REQUIRED)]),
        ({"title": ""}, [("title", REQUIRED)]),
        ({"title": "a b"}, [("title", "May only contain letters, digits, '_' and '-'.")]),
        ({"_id": "x"}, [("_id", NO_ID)]),
        ({"_id": 7}, [("_id", NO_ID)]),
        ({"description": 7}, [("description", TEXT)]),
        ({"description": "a\0"}, [("", "Must not contain NUL.")]),
        ({"attributes": [{"title": "a", "x": {"y": ["\0"]}}]}, [("", "Must not contain NUL.")]),
        ({"isResource": 1, "isCore": "yes"}, [("isResource", FLAG), ("isCore", FLAG)]),
        ({"isResource": None}, [("isResource", FLAG)]),
    ],
)
def test_heads_that_are_refused(members: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of({"title": "Person", **members}) == errors


@pytest.mark.parametrize("title", ["EntityType", "entitytype", *TYPES])
def test_titles_of_other_types_are_reserved(title: str) -> None:
    ((field, _),) = errors_of({"title": title})
    assert field == "title"


@pytest.mark.parametrize("attributes", [None, {}, "a", [{"title": "a"}] * 4])
def test_attributes_that_are_no_list_or_too_many(attributes: Any, settings: Any) -> None:
    settings.MAX_COLLECTION_FIELDS = 3
    text = "Must be an array of at most 3 attributes (MAX_COLLECTION_FIELDS)."
    assert errors_of({"title": "Person", "attributes": attributes}) == [("attributes", text)]


@pytest.mark.parametrize(
    ("attribute", "errors"),
    [
        ("a", [("", "Must be an object with a title.")]),
        ({}, [("title", REQUIRED)]),
        ({"title": 7}, [("title", REQUIRED)]),
        ({"title": "a", "ref": 7}, [("ref", TEXT)]),
        ({"title": "a", "type": 7}, [("type", TEXT)]),
        ({"title": "a", "isRequired": "yes", "isCore": 1}, [("isRequired", FLAG), ("isCore", FLAG)]),
        ({"title": "a", "minLength": -1, "maxLength": "2"}, [("minLength", LENGTH), ("maxLength", LENGTH)]),
        ({"title": "a", "minLength": True, "maxLength": 2**31}, [("minLength", LENGTH), ("maxLength", LENGTH)]),
        (
            {"title": "a", "type": "text"},
            [("type", f"Must be one of {', '.join(TYPES)}, or the title of an entity type.")],
        ),
        (
            {"title": "a", "type": "Array", "items": "Array"},
            [("items", "The elements of an array are no arrays; use Mixed.")],
        ),
    ],
)
def test_attributes_that_are_refused(attribute: Any, errors: list[tuple[str, str]]) -> None:
    places = [("attributes.1" + (f".{field}" if field else ""), text) for field, text in errors]
    assert errors_of({"title": "Person", "attributes": [{"title": "first"}, attribute]}) == places


@pytest.mark.parametrize("kind", ["Person", "Loop", "Outer"])
@pytest.mark.parametrize("is_array", [False, True])
def test_no_type_is_embedded_in_itself(kind: str, is_array: bool) -> None:
    """Neither one that is changed, nor one that is created again while others still embed it."""
    attribute = {"title": "a", **({"type": "Array", "items": kind} if is_array else {"type": kind})}
    field = "items" if is_array else "type"
    text = "The entity type 'Person' cannot be embedded in itself."
    for types in (DECLARED, WITH_PERSON):
        body = {"title": "Person", "attributes": [attribute]}
        assert errors_of(body, types=types) == [(f"attributes.0.{field}", text)]


def test_a_type_whose_own_declaration_is_circular_does_not_hang() -> None:
    parsed = parse_declaration({"title": "Person", "attributes": [{"title": "a", "type": "Circle"}]}, DECLARED)
    assert parsed.embeds("Circle")


def test_titles_are_named_once() -> None:
    body = {"title": "Person", "attributes": [{"title": "a"}, {"title": "b"}, {"title": "a"}]}
    assert errors_of(body) == [("attributes.2.title", "'a' is named twice.")]


@pytest.mark.parametrize(
    ("allowable", "errors"),
    [
        (None, []),
        ("", []),
        ({}, []),
        ({"valueType": "List", "values": ["a"]}, []),
        ({"valueType": "Range", "min": 1, "max": None}, []),
        ({"valueType": "Range", "min": "2020-01-01", "max": "2021-01-01T00:00:00Z"}, []),
        ({"valueType": "RegExp", "match": "/^[a-z]+$/i"}, []),
        (["a"], [("", "Must be an object with a valueType.")]),
        ({"values": ["a"]}, [("valueType", "Must be List, RegExp or Range.")]),
        ({"valueType": "List"}, [("values", "Must be an array of 1 to 1000 values.")]),
        ({"valueType": "List", "values": []}, [("values", "Must be an array of 1 to 1000 values.")]),
        ({"valueType": "List", "values": [1] * 1001}, [("values", "Must be an array of 1 to 1000 values.")]),
        ({"valueType": "Range", "min": "soon", "max": True}, [("min", BOUND), ("max", BOUND)]),
        (
            {"valueType": "RegExp", "match": 7},
            [("match", None)],
        ),
        ({"valueType": "RegExp", "match": "("}, [("match", None)]),
    ],
)
def test_allowable_values(allowable: Any, errors: list[tuple[str, str | None]]) -> None:
    body = {"title": "Person", "attributes": [{"title": "a", "allowableValues": allowable}]}
    if not errors:
        assert parse_declaration(body, DECLARED).attributes[0].raw["allowableValues"] == allowable
        return
    reported = errors_of(body)
    path = "attributes.0.allowableValues"
    assert [field for field, _ in reported] == [f"{path}.{field}" if field else path for field, _ in errors]
    assert all(text is None or text == message for (_, text), (_, message) in zip(errors, reported, strict=True))


def test_every_error_is_reported() -> None:
    body = {"title": "", "_id": "x", "attributes": [7, {"title": "a", "isRequired": 1}, {"title": "a"}]}
    assert [field for field, _ in errors_of(body)] == [
        "title",
        "_id",
        "attributes.0",
        "attributes.1.isRequired",
        "attributes.2.title",
    ]
