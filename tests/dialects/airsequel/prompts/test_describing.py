"""Descriptions from a schema."""

from __future__ import annotations

import engine
from catalog.services.metadata.tables import ColumnDeclaration, TableDeclaration
from dialects.airsequel.platform.columns import TableColumn
from dialects.airsequel.prompts.describing import describe_table, describe_tables


def test_tables_and_columns() -> None:
    key = TableColumn(engine.Field("id", type="autonumber"), ColumnDeclaration("INTEGER", is_primary_key=True))
    link = TableColumn(engine.Field("by", type="reference", collection="people"), ColumnDeclaration("TEXT"))
    books = ("books", TableDeclaration("What we lend."), [key, link])
    text = "What we lend. books: id (INTEGER, primary key), by (TEXT, refers to people)."
    assert describe_table(books) == text
    assert describe_tables([books]) == f"1 table. {text}"
    assert describe_tables([]) == "No tables."
    empty = ("empty", TableDeclaration(), [])
    assert describe_tables([empty] * 51).endswith("empty: no columns. And 1 more.")
    wide = describe_table(("wide", TableDeclaration(), [link] * 31))
    assert wide.endswith("refers to people), 1 more.")
