"""Documents prepared by their entity type: casts, ids of embedded documents, and errors with their paths."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

import engine
from dialects.communibase.documents.preparing import prepare
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.model import NO_ID, Attribute, EntityType

ID = "60c72b2f9b1d8b1a2d3e4567"
REQUIRED = "This field is required."
ADDRESS = {
    "title": "Address",
    "isResource": False,
    "attributes": [
        {"title": "city", "isRequired": True},
        {"title": "country", "defaultValue": "NL"},
        {"title": "since", "type": "Date", "defaultValue": "2020-01-01"},
    ],
}
TYPES = EntityTypes("d", {}, {"Address": ADDRESS})


def prepared(members: dict[str, Any], *attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a document whose entity type has these attributes."""
    return prepare(members, TYPES, EntityType("", "Person", tuple(map(Attribute.of, attributes))))


def errors_of(members: dict[str, Any], *attributes: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(engine.Invalid) as refused:
        prepared(members, *attributes)
    return [(error.field, error.message) for error in refused.value.errors]


HOME = {"title": "home", "type": "Address"}
HOMES = {"title": "homes", "type": "Array", "items": "Address"}
NUMBERS = {"title": "numbers", "type": "Array", "items": "int"}


@pytest.mark.parametrize(
    ("attribute", "value", "stored"),
    [
        ({"type": "int"}, "7", 7),
        ({"type": "number"}, "7.5", 7.5),
        ({"type": "boolean"}, "true", True),
        ({"type": "Date"}, "2023-10-27", datetime(2023, 10, 27)),
        ({"type": "ObjectId"}, ID, ObjectId(ID)),
        ({"type": "string"}, "", ""),
        ({"type": "string"}, 5, "5"),
        ({"type": "int"}, "", None),
        ({"type": "Array", "items": "int"}, "", None),
        ({"type": "Array", "items": "int"}, ["1", 2, None], [1, 2, None]),
        ({"type": "Array"}, ["1", {"a": [1]}], ["1", {"a": [1]}]),
        ({"type": "Mixed"}, {"a": "1"}, {"a": "1"}),
        ({"type": "object"}, {"a": "1"}, {"a": "1"}),
        ({"type": "Address"}, None, None),
    ],
)
def test_values_are_cast(attribute: dict[str, Any], value: Any, stored: Any) -> None:
    assert prepared({"a": value}, {"title": "a", **attribute}) == {"a": stored}


def test_members_without_an_attribute_are_left_as_they_are() -> None:
    assert prepared({"x": "7", "y": {"_id": "no id"}}, {"title": "a"}) == {"x": "7", "y": {"_id": "no id"}}


@pytest.mark.parametrize("id", [{}, {"_id": None}, {"_id": ""}])
def test_an_embedded_document_gets_an_id_and_its_defaults(id: dict[str, Any]) -> None:
    home = prepared({"home": {"city": "Utrecht", **id}}, HOME)["home"]
    assert type(home["_id"]) is ObjectId
    assert home == {"_id": home["_id"], "city": "Utrecht", "country": "NL", "since": datetime(2020, 1, 1)}
    assert [*home][0] == "_id"


def test_an_embedded_document_keeps_its_id_and_its_values() -> None:
    home = {"_id": ID, "city": "Utrecht", "country": "BE", "since": None}
    assert prepared({"homes": [home]}, HOMES) == {"homes": [{**home, "_id": ObjectId(ID)}]}


def test_embedded_documents_of_an_array_get_ids_of_their_own() -> None:
    homes = prepared({"homes": [{"city": "Utrecht"}, {"city": "Delft"}]}, HOMES)["homes"]
    assert len({home["_id"] for home in homes}) == 2


def test_defaults_of_the_document_itself_are_left_to_the_engine() -> None:
    assert prepared({}, {"title": "a", "isRequired": True, "defaultValue": "x"}) == {}


def test_a_reference_may_be_a_text() -> None:
    (reference,) = prepared(
        {"to": f"Person|{ID}.homes|{ID}"}, {"title": "to", "type": "DocumentReference"}
    ).values()
    assert type(reference.pop("_id")) is ObjectId
    (step,) = reference.pop("path")
    assert reference == {"rootDocumentEntityType": "Person", "rootDocumentId": ObjectId(ID)}
    assert (step["field"], step["objectId"]) == ("homes", ObjectId(ID))


@pytest.mark.parametrize(
    ("members", "attribute", "errors"),
    [
        ({"a": "x"}, {"type": "int"}, [("a", "Must be a number.")]),
        ({"a": 1.5}, {"type": "int"}, [("a", "Must be a whole number.")]),
        ({"a": "x"}, {"type": "Array", "items": "int"}, [("a", "Must be an array.")]),
        (
            {"a": [1, "x", True]},
            {"type": "Array", "items": "int"},
            [
                ("a.1", "Must be a number."),
                ("a.2", "Must be a number."),
            ],
        ),
        ({"a": "x"}, {"type": "object"}, [("a", "Must be an object.")]),
        ({"a": "x"}, {"type": "Address"}, [("a", "Must be an object.")]),
        ({"a": {}}, {"type": "Address"}, [("a.city", REQUIRED)]),
        ({"a": {"city": "", "_id": 7}}, {"type": "Address"}, [("a.city", REQUIRED), ("a._id", NO_ID)]),
        ({"a": {"city": "x", "_id": "7"}}, {"type": "Address"}, [("a._id", NO_ID)]),
        ({}, {"isRequired": True}, [("a", REQUIRED)]),
        ({"a": None}, {"isRequired": True, "defaultValue": "x"}, [("a", REQUIRED)]),
        ({}, {"isRequired": True, "defaultValue": ""}, [("a", REQUIRED)]),
        ({"a": "abc"}, {"maxLength": 2}, [("a", "Must have at most 2 characters.")]),
        (
            {"a": [1, 2]},
            {"type": "Array", "items": "int", "maxLength": 1},
            [("a", "Must have at most 1 elements.")],
        ),
        (
            {"a": "Person"},
            {"type": "DocumentReference"},
            [("a", "Must be a reference, an object with rootDocumentEntityType and rootDocumentId.")],
        ),
    ],
)
def test_what_is_refused(members: dict[str, Any], attribute: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of(members, {"title": "a", **attribute}) == errors


def test_a_wrong_value_of_a_required_attribute_is_one_error() -> None:
    assert errors_of({"a": "x"}, {"title": "a", "type": "int", "isRequired": True}) == [("a", "Must be a number.")]


def test_every_error_of_a_document_is_reported() -> None:
    members = {"numbers": ["x"], "homes": [{"city": "Delft"}, {"since": "soon"}], "home": 7}
    assert [
        path for path, _ in errors_of(members, NUMBERS, HOMES, HOME, {"title": "name", "isRequired": True})
    ] == [
        "numbers.0",
        "homes.1.since",
        "homes.1.city",
        "home",
        "name",
    ]
