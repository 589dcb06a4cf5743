"""Declared entity types: stored and removed by title, with a cap, by those who may design."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine
from accounts.principal import AccountPrincipal
from catalog.services import creation, deletion, entity_types


@pytest.fixture
def database_id(make_principal: Callable[..., AccountPrincipal]) -> tuple[AccountPrincipal, str]:
    principal = make_principal()
    return principal, creation.create_empty_database(principal, name="crm").id


def test_declarations_are_stored_and_removed(database_id: tuple[AccountPrincipal, str]) -> None:
    principal, name = database_id
    assert entity_types.declared_types(name) == {}
    entity_types.declare_types(principal, name, {"A": {"x": 1}, "B": {}})
    entity_types.declare_types(principal, name, {"A": {"x": 2}, "B": None, "C": None})
    assert entity_types.declared_types(name) == {"A": {"x": 2}}
    assert entity_types.declared_types("0" * 24) == {}


def test_a_dropped_collection_leaves_no_declaration(database_id: tuple[AccountPrincipal, str]) -> None:
    principal, name = database_id
    creation.add_collections(
        principal,
        name,
        collections=[{"name": "A", "fields": []}, {"name": "B", "fields": []}],
        fields_required=False,
    )
    entity_types.declare_types(principal, name, {"A": {"x": 1}, "B": {}, "Embedded": {}})
    deletion.drop_collections(principal, name, names=["A"])
    assert entity_types.declared_types(name) == {"B": {}, "Embedded": {}}


def test_they_are_limited(database_id: tuple[AccountPrincipal, str]) -> None:
    principal, name = database_id
    large: dict[str, Any] = {"text": "x" * 1_000_000}
    with pytest.raises(engine.TooLarge):
        entity_types.declare_types(principal, name, {"A": large})
    assert entity_types.declared_types(name) == {}


def test_a_foreign_database_is_missing(
    database_id: tuple[AccountPrincipal, str], make_principal: Callable[..., AccountPrincipal]
) -> None:
    with pytest.raises(engine.NotFound):
        entity_types.declare_types(make_principal(), database_id[1], {"A": {}})
