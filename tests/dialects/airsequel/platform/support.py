"""Tables of this process."""

from __future__ import annotations

from typing import Any

from accounts.principal import PersonPrincipal
from catalog.services.creation import add_collections, create_empty_database
from catalog.services.metadata.tables import declare_table
from dialects.airsequel.platform.columns import ColumnDraft, TableDraft
from dialects.airsequel.platform.table_handle import TableHandle, open_table


def new_table(owner: PersonPrincipal, *columns: ColumnDraft, rows: list[dict[str, Any]]) -> TableHandle:
    """Create a database with the table `todos` and some rows, and open the table."""
    draft = TableDraft("todos", columns)
    database_id = create_empty_database(owner, name="first").id
    add_collections(owner, database_id, collections=[draft.as_collection()], fields_required=False)
    declare_table(owner, database_id, "todos", columns=draft.declarations)
    table = open_table(owner, database_id, "todos")
    if rows:
        table.database.collection("todos").insert(rows)
    return table
