"""Declared columns of requests."""

from __future__ import annotations

from dialects.airsequel.platform.columns import ColumnDraft
from dialects.airsequel.platform.operations.tables import ColumnMembers, NewTable


def test_drafts_of_columns() -> None:
    assert ColumnMembers.parse({}).draft("a") == ColumnDraft("a")
    body = {"sqliteDataType": "INT", "isNonNull": True, "default": None, "enum": [1], "description": "x"}
    draft = ColumnDraft("a", "INT", is_required=True, default=(None,), choices=(1,), description="x")
    assert ColumnMembers.parse(body).draft("a") == draft
    (column,) = NewTable.parse({"columns": [{"name": "b"}]}).columns
    assert column.draft(column.name) == ColumnDraft("b")
