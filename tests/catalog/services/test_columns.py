"""Column preferences: stored for each user and collection, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine
from accounts.principal import AccountPrincipal, Principal
from catalog import services
from catalog.models import ColumnPreference


def test_columns_are_stored_for_one_person_and_one_collection(
    owner: Principal, make_principal: Callable[..., Principal], database: engine.Database
) -> None:
    assert services.columns.get_columns(owner, database, "films") == ()
    services.columns.set_columns(owner, database, "films", columns=["b", "a", "_id"])
    services.columns.set_columns(owner, database, "films", columns=["b", "a"])
    assert services.columns.get_columns(owner, database, "films") == ("b", "a")
    assert services.columns.get_columns(owner, database, "people") == ()
    assert services.columns.get_columns(make_principal(), database, "films") == ()
    services.columns.set_columns(owner, database, "films", columns=[])
    assert services.columns.get_columns(owner, database, "films") == ()


@pytest.mark.parametrize(
    ("name", "columns", "error"),
    [
        ("films", [str(number) for number in range(201)], engine.Invalid),
        ("films", ["x" * 1_001], engine.Invalid),
        ("missing", ["a"], engine.NotFound),
    ],
)
def test_columns_that_cannot_be_stored(
    owner: Principal, database: engine.Database, name: str, columns: list[str], error: type[engine.Error]
) -> None:
    with pytest.raises(error):
        services.columns.set_columns(owner, database, name, columns=columns)
    assert ColumnPreference.objects.count() == 0


def test_columns_are_dropped_with_their_collection(owner: Principal, database: engine.Database) -> None:
    services.columns.set_columns(owner, database, "films", columns=["a"])
    services.deletion.drop_collections(owner, database.id, names=["films"])
    services.deletion.sweep()
    assert services.columns.get_columns(owner, database, "films") == ()


def test_columns_follow_the_fields_of_a_schema_change(owner: AccountPrincipal, database: engine.Database) -> None:
    def publish(*operations: dict[str, Any]) -> tuple[str, ...]:
        changes = {"operations": [*operations]}
        plan = services.schema_changes.plan_schema(owner, database.id, "films", changes=changes)
        services.schema_changes.publish_schema(plan, actor="u1")
        services.schema_changes.publish_schema(plan, actor="u1")  # as after a crash
        return services.columns.get_columns(owner, database, "films")

    publish({"op": "add", "field": {"name": "one"}}, {"op": "add", "field": {"name": "two"}})
    services.columns.set_columns(owner, database, "films", columns=["two", "undeclared", "one"])
    swap = [
        {"op": "rename", "name": "one", "to": "x"},
        {"op": "rename", "name": "two", "to": "one"},
        {"op": "rename", "name": "x", "to": "two"},
    ]
    assert publish(*swap) == ("one", "undeclared", "two")
    assert publish({"op": "drop", "name": "two"}) == ("one", "undeclared")
