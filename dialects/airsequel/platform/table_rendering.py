"""JSON forms of tables and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from catalog.services.hidden_fields import ROWID
from dialects.airsequel import column_types
from dialects.airsequel.platform.cells import cell_of
from dialects.airsequel.platform.columns import TableColumn
from dialects.airsequel.platform.operations.tables import AirsequelColumn, AirsequelTable
from dialects.airsequel.platform.table_handle import TableHandle
from engine.encoding import dumps, plain


def table_json(table: TableHandle, *, filter: Any = None) -> AirsequelTable:
    """Return a table with the rows that match, at most MAX_TABLE_CELLS cells."""
    columns, filter = table.columns, filter or {}
    limit = settings.MAX_TABLE_CELLS // max(len(columns), 1)
    rows = table.rows(filter, limit=limit + 1)
    return {
        "columns": [column_json(column, rows=rows[:limit], cell=_Cell(table)) for column in columns],
        "description": table.declaration.description,
        "maxCellLimitReached": len(rows) > limit,
        "name": table.name,
        "numberOfRows": table.count(filter) if len(rows) > limit else len(rows),
        "rowidColumnName": table.rowid_name,
        "rowids": [row[ROWID] for row in rows[:limit]],
        "tableType": "Table",
    }


class _Cell:
    """Renders the cells of one table; a file is JSON with its address."""

    def __init__(self, table: TableHandle) -> None:
        self._base = f"/api/dbs/{table.shared_id}/tables/{table.name}/columns"

    def __call__(self, column: TableColumn, row: dict[str, Any]) -> Any:
        value = row.get(column.path)
        if (column.is_file or column.is_binary) and value is not None:
            url = f"{self._base}/{column.name}/files/rowid/{row[ROWID]}"
            return dumps({"url": url}).decode()
        return cell_of(value)


def column_json(
    column: TableColumn, *, rows: Sequence[dict[str, Any]] | None = None, cell: _Cell | None = None
) -> AirsequelColumn:
    """Return a column; with rows also its cells."""
    field = column.field
    return {
        "default": plain(field.default) if column.has_default else None,
        "description": field.description or None,
        "gqlDataType": column_types.graphql_type(column.type),
        "inputElement": column_types.input_element(column.type, listed=field.enum is not None),
        "isGenerated": False,
        "isNonNull": column.is_required,
        "isOmittable": column.is_omittable,
        "isPrimaryKey": column.declaration.is_primary_key,
        "isUnique": column.is_unique,
        "items": None if rows is None or cell is None else [cell(column, row) for row in rows],
        "name": column.name,
        "references": field.collection or None,
        "sqliteDataType": column.type,
        "validations": None if field.enum is None else {"enum": plain(list(field.enum))},
    }
