"""Fixtures of the catalog tests: services in this process with a real mongod."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine
from accounts.principal import Principal
from catalog import services
from catalog.models import Collection, Database
from catalog.services.stores import clusters

FIELDS = [{"name": "n", "type": "number"}]
Rows = Callable[[], dict[str, list[tuple[Any, ...]]]]


def definitions(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "fields": FIELDS} for name in names]


@pytest.fixture
def database(owner: Principal) -> engine.Database:
    """Create a database of the owner with the collections `films` and `people`."""
    created, _ = services.creation.create_database(owner, name="first", collections=definitions("films", "people"))
    return created


@pytest.fixture
def stored() -> Callable[[str], list[str] | None]:
    """Return a function that lists a database's physical collections, without versions; None if it is missing."""
    client = clusters.store()._client

    def look(physical: str) -> list[str] | None:
        if physical not in client.list_database_names():
            return None
        return sorted({name.removesuffix(".versions") for name in client[physical].list_collection_names()})

    return look


@pytest.fixture
def rows() -> Rows:
    """Return a function that reads all rows of the catalog, to show that a denied call changed nothing."""
    return lambda: {
        model.__name__: list(model.objects.order_by("pk").values_list()) for model in (Database, Collection)
    }
