"""Collections as tables of SQL."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

import dialects.airsequel.sql.tables
import engine
from catalog.services.metadata.tables import ColumnDeclaration, TableDeclaration
from dialects.airsequel.sql.tables import tables_of
from engine import Action
from features.sql.tables import SqlColumn

FIELDS = (
    engine.Field("_rowid", "autonumber", hidden=True),
    engine.Field("id", "autonumber", unique=True),
    engine.Field("name", required=True, default="x"),
    engine.Field("photo"),
    engine.Field("tags", "array"),
)
DECLARED = {"id": ColumnDeclaration("INTEGER", is_primary_key=True), "photo": ColumnDeclaration("BLOB_IMAGE")}


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a database with a declared collection."""
    monkeypatch.setattr(
        dialects.airsequel.sql.tables,
        "table_declarations",
        lambda database_id: {"t": TableDeclaration(None, DECLARED)},
    )
    spec = engine.CollectionSpec("t", "c1", engine.Schema(FIELDS))
    return SimpleNamespace(id="d", specs={"t": spec}, allowed=frozenset({Action.READ}))


def test_columns_are_declared_fields(database: Any) -> None:
    (table,) = tables_of(cast(engine.Database, database))
    assert (table.name, table.rowid) == ("t", "_rowid")
    assert table.columns == (
        SqlColumn(
            "id", "_rowid", "INTEGER", is_rowid_alias=True, is_required=True, is_unique=True, kind="autonumber"
        ),
        SqlColumn("photo", "photo", "BLOB_IMAGE", is_file=True),
        SqlColumn("name", "name", "TEXT", is_required=True, default=("x",)),
        SqlColumn("tags", "tags", "TEXT_JSON_ARRAY", kind="array"),
    )


def test_tables_that_may_not_be_read_do_not_exist(database: Any) -> None:
    database.allowed = frozenset({Action.INSERT, Action.WRITE})
    assert tables_of(cast(engine.Database, database)) == []
