"""Comparison types: one for each scalar, and one of its own for a column with a list of values."""

from __future__ import annotations

import engine
from dialects.airsequel.graphql.schema.types import Comparisons, free_name
from dialects.airsequel.graphql.tables import tables_of

FIELDS = (engine.Field("a"), engine.Field("b"), engine.Field("kind", "enum", enum=("x", "y")))


def test_comparisons() -> None:
    (table,) = tables_of({"t": engine.CollectionSpec("t", "t", engine.Schema(FIELDS))}, {})
    comparisons = Comparisons()
    types = {column.name: comparisons.of(table, column) for column in table.columns}
    names = {name: kind.name for name, kind in types.items()}
    assert names == {
        "rowid": "IntComparison",
        "_id": "StringComparison",
        "a": "StringComparison",
        "b": "StringComparison",
        "kind": "t_kindComparison",
    }
    assert types["a"] is types["b"]
    assert {"_eq", "eq", "_nin", "nin", "_ilike", "ilike"} <= set(types["a"].fields)


def test_free_names() -> None:
    assert [free_name("a", {"b"}), free_name("a", {"a", "a_"})] == ["a", "a__"]
