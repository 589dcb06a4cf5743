"""JSON forms of tables and columns: cells, files, and the cap on cells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.principal import PersonPrincipal
from dialects.airsequel.platform.columns import ColumnDraft
from dialects.airsequel.platform.table_handle import TableHandle
from dialects.airsequel.platform.table_rendering import column_json, table_json
from tests.dialects.airsequel.platform.support import new_table

COLUMNS = (
    ColumnDraft("title", "TEXT", is_required=True, is_unique=True, description="What to do"),
    ColumnDraft("kind", "TEXT", choices=("a", "b"), default=("a",)),
    ColumnDraft("file", "BLOB"),
)


@pytest.fixture
def table(owner: PersonPrincipal) -> TableHandle:
    rows: list[dict[str, Any]] = [{"title": "One", "kind": "b", "file": "f1"}, {"title": "Two"}, {"title": "Three"}]
    return new_table(owner, *COLUMNS, rows=rows)


def test_a_table(table: TableHandle) -> None:
    answer = table_json(table)
    columns = answer.pop("columns")
    assert answer == {
        "description": table.declaration.description,
        "maxCellLimitReached": False,
        "name": "todos",
        "numberOfRows": 3,
        "rowidColumnName": "rowid",
        "rowids": [1, 2, 3],
        "tableType": "Table",
    }
    title, kind, file = (column["items"] or [] for column in columns)
    assert (title, kind[0]) == (["One", "Two", "Three"], "b")
    path = f"/api/dbs/{table.shared_id}/tables/todos/columns/file/files/rowid/1"
    assert (json.loads(file[0]), file[1:]) == ({"url": path}, [None, None])


@pytest.mark.parametrize(("most", "count", "is_reached"), [(9, 3, False), (8, 2, True), (3, 1, True), (2, 0, True)])
def test_a_table_has_so_many_cells(
    table: TableHandle, settings: Any, most: int, count: int, is_reached: bool
) -> None:
    settings.MAX_TABLE_CELLS = most
    answer = table_json(table)
    assert (len(answer["rowids"]), answer["maxCellLimitReached"], answer["numberOfRows"]) == (count, is_reached, 3)
    assert all(len(column["items"] or []) == count for column in answer["columns"])


def test_rows_that_match(table: TableHandle, settings: Any) -> None:
    settings.MAX_TABLE_CELLS = 3
    answer = table_json(table, filter={"title": {"$ne": "One"}})
    assert (answer["rowids"], answer["numberOfRows"], answer["maxCellLimitReached"]) == ([2], 2, True)


def test_columns(table: TableHandle) -> None:
    title, kind, file = map(column_json, table.columns)
    assert title == {
        **title,
        "default": None,
        "description": "What to do",
        "gqlDataType": "String",
        "isGenerated": False,
        "isNonNull": True,
        "isOmittable": False,
        "isPrimaryKey": False,
        "isUnique": True,
        "items": None,
        "name": "title",
        "references": None,
        "sqliteDataType": "TEXT",
        "validations": None,
    }
    assert (kind["default"], kind["validations"], kind["isOmittable"]) == ("a", {"enum": ["a", "b"]}, True)
    assert (file["sqliteDataType"], file["description"]) == ("BLOB", None)
