"""The catalog in this process: services called as the surfaces call them, with a real mongod below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine
from accounts.principal import Principal
from catalog import services
from catalog.models import Collection, Database

FIELDS = [{"name": "n", "type": "number"}]
Rows = Callable[[], dict[str, list[tuple[Any, ...]]]]


def wanted(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "fields": FIELDS} for name in names]


@pytest.fixture
def database(owner: Principal) -> engine.Database:
    """A database of the owner's with the collections `films` and `people`."""
    made, _ = services.create_database(owner, name="first", collections=wanted("films", "people"))
    return made


@pytest.fixture
def stored() -> Callable[[str], list[str] | None]:
    """The physical collections of a physical database without their histories, or None where there is none."""
    client = services.store()._client

    def look(physical: str) -> list[str] | None:
        if physical not in client.list_database_names():
            return None
        names = client[physical].list_collection_names()
        kept = {name.removesuffix(".versions") for name in names}
        assert sorted(names) == sorted([*kept, *(f"{name}.versions" for name in kept)])
        return sorted(kept)

    return look


@pytest.fixture
def rows() -> Rows:
    """Everything that the catalog stores, to show that a denied call changed nothing."""
    return lambda: {
        model.__name__: list(model.objects.order_by("pk").values_list()) for model in (Database, Collection)
    }
