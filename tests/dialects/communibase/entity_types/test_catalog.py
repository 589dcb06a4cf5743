"""The entity types of a database, and what their paths lead to."""

from __future__ import annotations

import pytest

import engine
from dialects.communibase.entity_types.catalog import EntityTypes

SPEC = engine.CollectionSpec("Person", "c1", engine.Schema((engine.Field("home", "object"), engine.Field("new"))))
HOME = {
    "title": "Home",
    "isResource": False,
    "_id": "60c72b2f9b1d8b1a2d3e4567",
    "attributes": [{"title": "at", "type": "Date"}],
}
PERSON = {
    "title": "Person",
    "isResource": True,
    "attributes": [{"title": "home", "type": "Home"}, {"title": "old"}],
}
GONE = {"title": "Gone", "isResource": True, "attributes": []}
TYPES = EntityTypes("d", {"Person": SPEC}, {"Home": HOME, "Person": PERSON, "Gone": GONE})


def test_every_type_is_listed_once() -> None:
    assert [item.title for item in TYPES] == ["Person", "DocumentReference", "DocumentReferencePathItem", "Home"]


def test_attributes_are_those_of_the_fields() -> None:
    person = TYPES.get("Person")
    assert person is not None
    assert [(item.title, item.type) for item in person.attributes] == [("home", "Home"), ("new", "string")]


def test_ids_are_stable() -> None:
    ids = [item.id for item in TYPES]
    assert ids == [item.id for item in EntityTypes("d", {"Person": SPEC}, {"Home": HOME})]
    assert all(len(id) == 24 for id in ids)
    assert ids[-1] == HOME["_id"]


def test_without_a_collection_a_resource_does_not_exist() -> None:
    assert TYPES.get("Gone") is None
    assert TYPES.get("unknown") is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("_id", "ObjectId"),
        ("home", "Home"),
        ("home.at", "Date"),
        ("home._id", "ObjectId"),
        ("home.x", ""),
        ("", ""),
    ],
)
def test_what_a_path_leads_to(path: str, kind: str) -> None:
    person = TYPES.get("Person")
    assert person is not None
    assert TYPES.type_at(person, path) == kind
