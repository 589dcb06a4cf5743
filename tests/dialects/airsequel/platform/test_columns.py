"""Columns, and the fields that store them."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from catalog.services.hidden_fields import ROWID, ROWID_FIELD
from catalog.services.metadata.tables import ColumnDeclaration, TableDeclaration
from dialects.airsequel.platform.columns import ColumnDraft, TableDraft, by_name, columns_of, rowid_name

FIELDS = (
    engine.Field("a", "autonumber", unique=True),
    engine.Field("b", required=True, default="x"),
    engine.Field(ROWID, "autonumber", hidden=True),
    engine.Field("c", "string", template="{{a}}"),
    engine.Field("d", "number"),
)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ColumnDraft("a"), {"type": "string"}),
        (ColumnDraft("a", "INTEGER", is_primary_key=True), {"type": "autonumber", "unique": True}),
        (ColumnDraft("a", is_primary_key=True), {"type": "string", "required": True, "unique": True}),
        (ColumnDraft("a", "INT", default=(None,)), {"type": "number", "default": None}),
        (ColumnDraft("a", reference="b"), {"type": "reference", "collection": "b"}),
        (ColumnDraft("a", choices=("x",), description="y"), {"type": "string", "enum": ["x"], "description": "y"}),
    ],
)
def test_fields_of_drafts(draft: ColumnDraft, field: dict[str, Any]) -> None:
    assert draft.as_field() == {"name": "a", **field}


def test_a_new_table_has_rowids() -> None:
    table = TableDraft("t", (ColumnDraft("a"),))
    assert table.as_collection() == {"name": "t", "fields": [ROWID_FIELD, {"name": "a", "type": "string"}]}
    assert table.declarations == {"a": ColumnDeclaration("TEXT")}


def test_columns_in_their_order() -> None:
    declared = {"d": ColumnDeclaration("INT"), "a": ColumnDeclaration("INTEGER", is_primary_key=True)}
    columns = columns_of(engine.Schema(FIELDS), TableDeclaration(columns=declared))
    assert [(column.name, column.type, column.path) for column in columns] == [
        ("d", "INT", "d"),
        ("a", "INTEGER", ROWID),
        ("b", "TEXT", "b"),
    ]
    b = by_name(columns)["b"]
    assert (b.is_required, b.is_omittable, b.has_default, b.is_unique, b.is_file) == (
        True,
        True,
        True,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("names", "rowid"), [([], "rowid"), (["ROWID"], "_rowid_"), (["rowid", "_rowid_", "oid"], "_rowid")]
)
def test_the_name_of_the_rowid(names: list[str], rowid: str) -> None:
    assert rowid_name(columns_of(engine.Schema(tuple(map(engine.Field, names))), TableDeclaration())) == rowid
