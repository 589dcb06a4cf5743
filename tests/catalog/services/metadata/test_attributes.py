"""Attributes of databases: their stored form, and the order of tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import engine
from accounts.principal import AccountPrincipal
from catalog.services.metadata.attributes import (
    DatabaseAttributes,
    attributes_of,
    change_profile,
    list_profiles,
    move_table,
    read_profile,
)

ORDERED = DatabaseAttributes(table_order=("c", "lost", "a"))


def test_the_stored_form() -> None:
    assert DatabaseAttributes.of({}) == DatabaseAttributes()
    assert DatabaseAttributes.of({**ORDERED.as_dict(), "dropped": 1}) == ORDERED


def test_the_order_of_tables() -> None:
    assert ORDERED.in_order(["a", "b", "c"]) == ["c", "a", "b"]


def test_profiles(owner: AccountPrincipal, database: engine.Database) -> None:
    change_profile(owner, database.id, attributes={"title": "First", "description": "x"}, schema_locked=True)
    profile = read_profile(owner, database.id)
    assert (profile.name, profile.schema_locked, profile.public, profile.shared_id) == (
        "First",
        True,
        False,
        database.id,
    )
    assert list_profiles(owner, limit=1) == ([profile], 1)
    move_table(owner, database.id, "people", after=None)
    assert attributes_of(database.id).table_order == ("people", "films")
    assert read_profile(owner, database.id).tables == ("people", "films")


def test_refused_moves(owner: AccountPrincipal, database: engine.Database) -> None:
    with pytest.raises(engine.Invalid, match="no other table 'films'"):
        move_table(owner, database.id, "films", after="films")
    with pytest.raises(engine.NotFound):
        move_table(owner, database.id, "lost", after=None)
    assert attributes_of(database.id).table_order == ()


def test_a_foreign_database_is_missing(
    make_principal: Callable[..., AccountPrincipal], database: engine.Database
) -> None:
    with pytest.raises(engine.NotFound):
        change_profile(make_principal(), database.id, public=True)
    with pytest.raises(engine.NotFound):
        read_profile(make_principal(), database.id)
