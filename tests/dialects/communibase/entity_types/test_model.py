"""Entity types and attributes as values."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.communibase.entity_types.model import ID, Attribute, EntityType


@pytest.mark.parametrize(
    ("raw", "kind", "element"),
    [
        ({}, "string", "string"),
        ({"type": ""}, "string", "string"),
        ({"type": None}, "string", "string"),
        ({"type": "int", "items": "Date"}, "int", "int"),
        ({"type": "Array"}, "Array", "Mixed"),
        ({"type": "Array", "items": ""}, "Array", "Mixed"),
        ({"type": "Array", "items": "Home"}, "Array", "Home"),
        ({"type": "Home"}, "Home", "Home"),
    ],
)
def test_the_type_of_values_and_elements(raw: dict[str, Any], kind: str, element: str) -> None:
    attribute = Attribute.of({"title": "a", **raw})
    assert (attribute.type, attribute.element_type) == (kind, element)
    assert attribute.is_array is (kind == "Array")


@pytest.mark.parametrize(("raw", "is_required"), [(True, True), (False, False), (None, False), (1, False)])
def test_required_attributes(raw: Any, is_required: bool) -> None:
    assert Attribute.of({"title": "a", "isRequired": raw}).is_required is is_required


@pytest.mark.parametrize(
    ("raw", "is_constrained"),
    [
        ({}, False),
        ({"minLength": None, "allowableValues": None}, False),
        ({"allowableValues": {}}, False),
        ({"minLength": 0}, True),
        ({"maxLength": 3}, True),
        ({"allowableValues": {"valueType": "List", "values": [1]}}, True),
    ],
)
def test_constrained_attributes(raw: dict[str, Any], is_constrained: bool) -> None:
    assert Attribute.of({"title": "a", **raw}).is_constrained is is_constrained


def test_what_a_type_embeds() -> None:
    attributes = ({"title": "home", "type": "Home"}, {"title": "pets", "type": "Array", "items": "Pet"})
    person = EntityType("", "Person", tuple(map(Attribute.of, attributes)))
    assert [title for title in ("Home", "Pet", "Array", "Person") if person.embeds(title)] == ["Home", "Pet"]
    assert [*person.by_title] == ["home", "pets"]


def test_a_type_as_a_document() -> None:
    attribute = Attribute.of({"title": "a", "renderHint": "wide"})
    raw = {"description": "People", "isCore": True, "isResource": True, "attributes": "as sent"}
    person = EntityType("1", "Person", (attribute,), is_resource=False, raw=raw)
    assert person.as_document() == {
        "_id": "1",
        "title": "Person",
        "description": "People",
        "isCore": True,
        "isResource": False,
        "attributes": [{"title": "a", "renderHint": "wide"}],
    }
    assert EntityType("1", "Person").as_document()["description"] == ""


def test_a_document_does_not_share_its_attributes_with_the_type() -> None:
    person = EntityType("", "Person", (Attribute.of({"title": "a"}),))
    person.as_document()["attributes"][0]["title"] = "b"
    assert person.as_document()["attributes"] == [{"title": "a"}]


@pytest.mark.parametrize(
    ("text", "is_id"), [("0" * 24, True), ("aF" * 12, True), ("0" * 23, False), ("٠" * 24, False)]
)
def test_ids(text: str, is_id: bool) -> None:
    assert bool(ID.fullmatch(text)) is is_id
