"""Queries on the catalog, and their permissions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import engine
from accounts.principal import Principal, Scope
from catalog import services
from catalog.models import Collection, State
from tests.catalog.conftest import definitions
from tests.tenants import key_of


def listed(principal: Principal, *, search: str = "") -> list[tuple[str, int]]:
    databases, total = services.queries.list_databases(principal, page=1, page_size=100, search=search)
    assert len(databases) == total
    return [(item["name"], item["num_collections"]) for item in databases]


def test_a_list_has_only_visible_databases(
    owner: Principal, make_principal: Callable[..., Principal], database: engine.Database
) -> None:
    other, _ = services.creation.create_database(owner, name="a_second", collections=definitions("films"))
    assert listed(owner) == [("a_second", 1), ("first", 2)]
    assert listed(make_principal()) == []
    bound = key_of(owner, Scope(actions=engine.DOCUMENT_ACTIONS, databases=frozenset({other.id})))
    assert listed(bound) == [("a_second", 1)]
    assert listed(key_of(bound, Scope(actions=engine.DOCUMENT_ACTIONS))) == [("a_second", 1), ("first", 2)]


def test_what_is_not_ready_is_neither_listed_nor_counted(owner: Principal, database: engine.Database) -> None:
    Collection.objects.filter(name="films").update(state=State.FILLING)
    assert listed(owner) == [("first", 1)]
    description = services.queries.describe_database(owner, database.id)
    assert [item["name"] for item in description["collections"]] == ["people"]


def test_counts_come_in_the_order_of_creation(owner: Principal, database: engine.Database) -> None:
    services.creation.add_collections(owner, database.id, collections=definitions("ape"))
    services.access.open_database(owner, database.id).collection("people").insert([{"n": 1}, {"n": 2}])
    opened, counts = services.queries.count_collections(owner, database.id)
    assert opened.id == database.id
    assert [(item["name"], item["num_documents"]) for item in counts] == [("films", 0), ("people", 2), ("ape", 0)]


def test_counts_bypass_the_cache(owner: Principal, database: engine.Database) -> None:
    services.access.open_database(owner, database.id)
    Collection.objects.filter(name="films").update(name="movies")
    assert [item["name"] for item in services.queries.count_collections(owner, database.id)[1]] == [
        "movies",
        "people",
    ]


def test_counting_needs_read(owner: Principal, database: engine.Database) -> None:
    key = key_of(owner, Scope(actions=engine.ALL_ACTIONS - {engine.Action.READ}))
    with pytest.raises(engine.Forbidden):
        services.queries.count_collections(key, database.id)


def test_statistics(owner: Principal, make_principal: Callable[..., Principal], database: engine.Database) -> None:
    database.collection("films").insert([{"n": 1}])
    assert services.queries.stats(owner) == {"databases": 1, "collections": 2, "documents": 1}
    assert services.queries.stats(make_principal()) == {"databases": 0, "collections": 0, "documents": 0}
