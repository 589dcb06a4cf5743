"""Declarations of tables and columns."""

from __future__ import annotations

import pytest

import engine
from accounts.principal import AccountPrincipal
from catalog.services.metadata.attributes import change_profile
from catalog.services.metadata.tables import (
    ColumnDeclaration,
    TableDeclaration,
    declare_table,
    table_declarations,
)

TEXT, KEY = ColumnDeclaration("TEXT"), ColumnDeclaration("integer", is_primary_key=True)


def test_the_stored_form() -> None:
    table = TableDeclaration("People", {"b": TEXT, "a": KEY})
    assert TableDeclaration.of(table.as_dict()) == table
    assert [*TableDeclaration.of(table.as_dict()).columns] == ["b", "a"]
    assert TableDeclaration.of({}) == TableDeclaration()
    assert (KEY.is_rowid_alias, TEXT.is_rowid_alias) == (True, False)


def test_declarations_are_merged_and_ordered(owner: AccountPrincipal, database: engine.Database) -> None:
    declare_table(owner, database.id, "films", columns={"a": TEXT, "b": KEY}, description={"description": "x"})
    declare_table(owner, database.id, "films", columns={"c": TEXT, "a": None}, order=["c", "lost"])
    stored = table_declarations(database.id)
    assert [*stored["films"].columns.items()] == [("c", TEXT), ("b", KEY)]
    assert (stored["films"].description, stored["people"]) == ("x", TableDeclaration())


def test_refused_declarations(owner: AccountPrincipal, database: engine.Database) -> None:
    with pytest.raises(engine.NotFound):
        declare_table(owner, database.id, "lost", columns={"a": TEXT})
    with pytest.raises(engine.TooLarge):
        declare_table(owner, database.id, "films", columns={f"c{number}": TEXT for number in range(1_001)})
    change_profile(owner, database.id, schema_locked=True)
    with pytest.raises(engine.Forbidden):
        declare_table(owner, database.id, "films", columns={"a": TEXT})
    declare_table(owner, database.id, "films", description={"description": "x"})
    assert table_declarations(database.id)["films"] == TableDeclaration("x")


def test_what_names_a_renamed_column_follows(owner: AccountPrincipal, database: engine.Database) -> None:
    declare_table(
        owner, database.id, "films", columns={"a": ColumnDeclaration("INT")}, uniques=[["a", "b"], ["b", "c"]]
    )
    reference = ColumnDeclaration("INT", references=("films", "a"))
    declare_table(owner, database.id, "people", columns={"f": reference})
    renamed = {"a": None, "z": ColumnDeclaration("INT")}
    declare_table(owner, database.id, "films", columns=renamed, renamed={"a": "z"})
    declared = table_declarations(database.id)
    assert declared["films"].uniques == (("z", "b"), ("b", "c"))
    assert declared["people"].columns["f"].references == ("films", "z")
    declare_table(owner, database.id, "films", columns={"b": None})
    assert table_declarations(database.id)["films"].uniques == ()
