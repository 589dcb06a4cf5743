"""Collections as tables."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import engine
from engine import Action
from features.sql.collections import tables_of
from features.sql.tables import SqlColumn


def test_declared_fields_are_columns() -> None:
    fields = (
        engine.Field("_rowid", "autonumber", hidden=True),
        engine.Field("code", unique=True, required=True, default="x"),
        engine.Field("n", "number"),
        engine.Field("ok", "boolean"),
        engine.Field("data", "object"),
        engine.Field("friends", "reference", many=True),
    )
    specs = {
        "t": engine.CollectionSpec("t", "t", engine.Schema(fields)),
        "secret": engine.CollectionSpec("secret", "s", engine.Schema(), allowed=frozenset({Action.WRITE})),
    }
    database: Any = SimpleNamespace(specs=specs, allowed=frozenset({Action.READ}))
    (table,) = tables_of(cast(engine.Database, database))
    assert table.rowid == "_rowid"
    assert table.columns == (
        SqlColumn("code", "code", "TEXT", is_required=True, is_unique=True, default=("x",)),
        SqlColumn("n", "n", "NUMERIC", kind="number"),
        SqlColumn("ok", "ok", "BOOLEAN", kind="boolean"),
        SqlColumn("data", "data", "TEXT", kind="object"),
        SqlColumn("friends", "friends", "TEXT", kind="array"),
    )
