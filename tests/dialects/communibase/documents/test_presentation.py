"""Documents in answers: the stamps of the service as attributes, and the projection that reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dialects.communibase.documents import presentation
from dialects.communibase.documents.presentation import present, projection
from dialects.communibase.entity_types.model import Attribute, EntityType

AT = datetime(2026, 1, 2)
PERSON = EntityType("", "Person", (Attribute("name"),))
STAMPED = EntityType("", "Stamped", (Attribute("updatedAt"), Attribute("updatedBy")))


@pytest.fixture
def actors(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Return the ids of actors whose names are read, one set for each answer."""
    read: list[set[str]] = []

    def names_of(database: Any, ids: set[str]) -> dict[str, str]:
        read.append(ids)
        return {id: f"name of {id}" for id in ids}

    monkeypatch.setattr(presentation, "names_of", names_of)
    return read


def presented(entity_type: EntityType, *documents: dict[str, Any]) -> list[dict[str, Any]]:
    database: Any = None
    return present(database, entity_type, [*documents])


@pytest.mark.parametrize(
    ("entity_type", "fields", "stored"),
    [
        (PERSON, {}, {}),
        (PERSON, {"name": 1, "x.y": 0}, {"name": 1, "x.y": 0}),
        (PERSON, {"updatedAt": 1, "updatedBy": 1}, {"_sys.updated": 1, "_sys.updated_by": 1}),
        (STAMPED, {"updatedAt": 1}, {"updatedAt": 1}),
    ],
)
def test_projections(entity_type: EntityType, fields: dict[str, int], stored: dict[str, int]) -> None:
    assert projection(entity_type, fields) == stored


def test_the_stamps_are_attributes(actors: list[set[str]]) -> None:
    documents = [
        {"name": name, "_sys": {"updated": AT, "updated_by": by}} for name, by in (("a", "u1"), ("b", "k2"))
    ]
    assert presented(PERSON, *documents) == [
        {"name": "a", "updatedAt": AT, "updatedBy": "name of u1"},
        {"name": "b", "updatedAt": AT, "updatedBy": "name of k2"},
    ]
    assert actors == [{"u1", "k2"}]


@pytest.mark.parametrize(
    ("system", "stamps"),
    [
        ({}, {}),
        ({"updated": AT}, {"updatedAt": AT}),
        ({"updated_by": "u1"}, {"updatedBy": "name of u1"}),
        ({"updated_by": 7, "updated": AT}, {}),
        ("computed by a pipeline", {}),
        (None, {}),
    ],
)
@pytest.mark.usefixtures("actors")
def test_stamps_that_were_not_read(system: Any, stamps: dict[str, Any]) -> None:
    assert presented(PERSON, {"name": "a", "_sys": system}) == [{"name": "a", **stamps}]
    assert presented(PERSON, {"name": "a"}) == [{"name": "a"}]


@pytest.mark.usefixtures("actors")
def test_declared_attributes_of_the_same_names_are_kept() -> None:
    document = {"updatedAt": "yesterday", "_sys": {"updated": AT, "updated_by": "u1"}}
    assert presented(STAMPED, document) == [{"updatedAt": "yesterday"}]
