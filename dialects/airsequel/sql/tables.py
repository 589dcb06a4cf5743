"""The tables of a database as SQL has them, and their rows."""

from __future__ import annotations

import engine
from accounts.principal import Principal
from catalog.services.hidden_fields import ROWID
from catalog.services.metadata.tables import TableDeclaration, table_declarations
from dialects.airsequel.platform.columns import columns_of
from dialects.airsequel.platform.table_handle import open_table
from engine import Action
from features.sql.cells import cell_of
from features.sql.source import DocumentSource
from features.sql.tables import SqlColumn, SqlTable


def tables_of(database: engine.Database) -> list[SqlTable]:
    """Return the tables that the caller may read."""
    declarations = table_declarations(database.id)
    return [
        _table(spec, declarations.get(name, TableDeclaration()))
        for name, spec in database.specs.items()
        if spec.may(Action.READ, else_allowed=database.allowed)
    ]


def _table(spec: engine.CollectionSpec, declaration: TableDeclaration) -> SqlTable:
    columns = [
        SqlColumn(
            item.name,
            item.path,
            item.type,
            is_rowid_alias=item.declaration.is_rowid_alias,
            is_file=item.is_file,
            is_required=item.is_required,
            is_unique=item.is_unique,
            kind="array" if item.field.many else item.field.type,
            default=(cell_of(item.field.default),) if item.has_default else (),
        )
        for item in columns_of(spec.schema, declaration)
    ]
    return SqlTable(spec.name, tuple(columns), ROWID)


def source_of(principal: Principal, database_id: str) -> DocumentSource:
    """Return the documents of a database for a caller."""
    return DocumentSource(lambda table: open_table(principal, database_id, table).collection)
