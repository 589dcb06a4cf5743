"""Documents of an entity type, read and written by their handle."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_database
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.operations.parameters import SearchParameters
from dialects.communibase.resources.documents import Documents
from tests.support import MISSING_ID

FIELDS = [{"name": "name", "required": True}, {"name": "age", "type": "number"}]


@pytest.fixture
def people(owner: PersonPrincipal) -> Documents:
    """Return the documents of an entity type, which are Joe, Ann and Bob."""
    database, _ = create_database(owner, name="first", collections=[{"name": "Person", "fields": FIELDS}])
    types = EntityTypes.of(database)
    entity_type = types.get("Person")
    assert entity_type is not None
    people = Documents(database, types, entity_type)
    for name, age in (("Joe", 30), ("Ann", 41), ("Bob", 41)):
        people.create({"name": name, "age": age})
    return people


def search(people: Documents, selector: Any, **params: Any) -> tuple[list[str], int | None]:
    batches, total = people.search(selector, SearchParameters.parse(params))
    return [item["name"] for batch in batches for item in batch], total


def test_searches(people: Documents) -> None:
    cases: list[tuple[Any, dict[str, Any], list[str], int | None]] = [
        ({}, {"sort": "name"}, ["Ann", "Bob", "Joe"], None),
        ({"age": 41}, {"sort": "-name"}, ["Bob", "Ann"], None),
        ({}, {"sort": "age name", "dir": "DESC"}, ["Bob", "Ann", "Joe"], None),
        ({}, {"sort": "name", "limit": "1", "page": "2", "includeMetadata": "true"}, ["Bob"], 3),
        ({"age": 99}, {"includeMetadata": "1"}, [], 0),
        ({}, {"deleted": "true", "includeMetadata": "true"}, [], 0),
    ]
    for selector, params, names, total in cases:
        assert search(people, selector, **params) == (names, total), params
    with pytest.raises(engine.Invalid):
        search(people, {"$where": "1"})


def test_deleted_documents(people: Documents) -> None:
    (id,) = [item["_id"] for item in people.collection.find(engine.Query({"name": "Ann"})).documents]
    people.destroy(str(id))
    assert search(people, {}, deleted="true", includeMetadata="true", limit="5") == (["Ann"], 1)
    with pytest.raises(engine.NotFound):
        people.destroy(str(id))


def test_one_document(people: Documents) -> None:
    created = people.create({"name": "Eve", "age": "7"})
    id = str(created["_id"])
    assert (created["name"], created["age"], set(created)) == (
        "Eve",
        7,
        {"_id", "name", "age", "updatedAt", "updatedBy"},
    )
    assert people.one(id, {}) == created
    assert set(people.one(id, {"name": 1, "updatedAt": 1})) == {"_id", "name", "updatedAt"}
    assert set(people.one(id, {"age": 0, "updatedBy": 0})) == {"_id", "name", "updatedAt"}
    replaced = people.replace(id, {**created, "_id": id, "age": None, "updatedAt": "x"})
    assert (replaced["name"], replaced["age"]) == ("Eve", None)
    assert people.one(id, {}) == replaced


@pytest.mark.parametrize("id", [MISSING_ID, "x", "", "0" * 23])
def test_what_does_not_exist(people: Documents, id: str) -> None:
    for use in (
        lambda: people.one(id, {}),
        lambda: people.destroy(id),
        lambda: people.replace(id, {"name": "Eve"}),
    ):
        with pytest.raises(engine.NotFound, match="Not found or access denied"):
            use()


def test_what_is_refused_changes_nothing(people: Documents) -> None:
    joe = people.collection.find(engine.Query({"name": "Joe"})).documents[0]
    id = str(joe["_id"])
    for use, field in (
        (lambda: people.create({"age": 1}), "name"),
        (lambda: people.create({"_id": id, "name": "x"}), "_id"),
        (lambda: people.replace(id, {"name": "x", "age": "old"}), "age"),
        (lambda: people.replace(id, {"_id": MISSING_ID, "name": "x"}), "_id"),
    ):
        with pytest.raises(engine.Invalid) as refused:
            use()
        assert [error.field for error in refused.value.errors] == [field]
    assert people.collection.find(engine.Query({"name": "Joe"})).documents == [joe]
    assert people.collection.count() == 3
