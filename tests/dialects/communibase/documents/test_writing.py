"""Documents that clients send back whole: what is left out of them, and which ids they may have."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dialects.communibase.documents.writing import known_id, new_members
from dialects.communibase.entity_types.model import Attribute, EntityType

ID, OTHER = "60c72b2f9b1d8b1a2d3e4567", "ffffffffffffffffffffffff"
PERSON = EntityType("", "Person", (Attribute("name"), Attribute("number")))
STAMPED = EntityType("", "Stamped", (Attribute("updatedAt"),))
FIELDS = (engine.Field("name"), engine.Field("number", "autonumber"), engine.Field("label", template="{{name}}"))
SENT = {"_id": ID, "name": "a", "x": 1, "updatedAt": "now", "updatedBy": "me"}


def test_the_stamps_and_the_id_are_left_out() -> None:
    assert new_members(SENT, PERSON, engine.Schema(FIELDS), id=ID) == {"name": "a", "x": 1}


def test_declared_attributes_of_the_names_of_stamps_are_written() -> None:
    schema = engine.Schema((engine.Field("updatedAt"),))
    assert new_members(SENT, STAMPED, schema, id=ID) == {"name": "a", "x": 1, "updatedAt": "now"}


def test_a_strict_collection_takes_declared_fields_alone() -> None:
    assert new_members(SENT, PERSON, engine.Schema(FIELDS, strict=True), id=ID) == {"name": "a"}


def test_what_the_service_sets_is_left_out() -> None:
    members = {"name": "a", "label": "b"}
    assert new_members(members, PERSON, engine.Schema(FIELDS)) == {"name": "a"}
    assert members == {"name": "a", "label": "b"}


@pytest.mark.parametrize("id", [None, ""])
def test_an_empty_id_is_none(id: Any) -> None:
    for address in ("", ID):
        assert new_members({"_id": id, "name": "a"}, PERSON, engine.Schema(), id=address) == {"name": "a"}


@pytest.mark.parametrize("body", [None, [], [{}], "x", 7, True])
def test_a_body_that_is_no_object(body: Any) -> None:
    with pytest.raises(engine.Invalid, match="The body must be a JSON object, the whole document"):
        new_members(body, PERSON, engine.Schema())


@pytest.mark.parametrize(
    ("sent", "address", "text"),
    [
        (ID, "", "A new document has no _id; send PUT to its own address to change a document."),
        (OTHER, ID, "Must be the id of the address."),
        (7, ID, "Must be the id of the address."),
        (ID.upper(), ID, "Must be the id of the address."),
    ],
)
def test_other_ids_are_refused(sent: Any, address: str, text: str) -> None:
    with pytest.raises(engine.Invalid) as refused:
        new_members({"_id": sent}, PERSON, engine.Schema(), id=address)
    assert [(error.field, error.message) for error in refused.value.errors] == [("_id", text)]


@pytest.mark.parametrize("text", ["", "x", ID[1:], ID + "0", f"{ID}\n", "g" * 24, "٠" * 24])
def test_other_texts_are_no_document(text: str) -> None:
    assert known_id(ID) == ID
    with pytest.raises(engine.NotFound):
        known_id(text)
