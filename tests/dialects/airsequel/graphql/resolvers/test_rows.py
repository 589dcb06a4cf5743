"""Cells of a row, from the document that stores it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from graphql import GraphQLResolveInfo

from dialects.airsequel.graphql.resolvers.rows import column_resolver
from dialects.airsequel.graphql.tables import GraphColumn, ValueForm


def test_a_cell_is_read_at_the_path_of_its_column() -> None:
    resolve = column_resolver(GraphColumn("id", "id", "_rowid", "Int"))
    info = cast(GraphQLResolveInfo, SimpleNamespace())
    assert resolve({"_rowid": 5, "id": 7}, info) == 5
    assert resolve({}, info) is None


def test_a_cell_with_a_file_is_its_address() -> None:
    column = GraphColumn("f", "f", "f", "String", ValueForm.FILE)

    def file_url(table: Any, cell: GraphColumn, document: Any) -> str:
        return f"{table} {cell.name} {document['f']}"

    parent = SimpleNamespace(extensions={"table": "t"})
    info = SimpleNamespace(context=SimpleNamespace(file_url=file_url), parent_type=parent)
    assert column_resolver(column)({"f": "x"}, cast(GraphQLResolveInfo, info)) == "t f x"
