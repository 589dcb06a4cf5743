"""The collections of a database as tables, for callers that declare no SQL types."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import engine
from catalog.services.access import invalidate
from catalog.services.hidden_fields import ROWID
from engine import Action
from features.sql.cells import cell_of
from features.sql.source import DocumentSource
from features.sql.tables import SqlColumn, SqlTable

_NO_DEFAULT = engine.Field("").default
# A field type that is missing here is TEXT.
_TYPES: Mapping[str, str] = {
    "autonumber": "INTEGER",
    "binary": "BLOB",
    "boolean": "BOOLEAN",
    "decimal128": "REAL",
    "number": "NUMERIC",
}


def tables_of(database: engine.Database) -> list[SqlTable]:
    """Return the collections that the caller may read, with their declared fields."""
    return [
        SqlTable(spec.name, tuple(map(_column, spec.schema.visible_fields)), ROWID)
        for spec in database.specs.values()
        if spec.may(Action.READ, else_allowed=database.allowed)
    ]


def _column(field: engine.Field) -> SqlColumn:
    return SqlColumn(
        field.name,
        field.name,
        "TEXT" if field.many else _TYPES.get(field.type, "TEXT"),
        is_required=field.required,
        is_unique=field.unique,
        kind="array" if field.many else field.type,
        default=() if field.default is _NO_DEFAULT else (cell_of(field.default),),
    )


def source_of(
    open_database: Callable[[str], engine.Database], number_rows: Callable[[engine.Database, str], None]
) -> DocumentSource:
    """Return the documents of a database. `number_rows` gives those of a collection their rowids, once."""

    def open_collection(name: str) -> engine.Collection:
        database = open_database(name)
        if ROWID not in database.collection(name).spec.schema.by_name:
            number_rows(database, name)
            invalidate(database.id)
            database = open_database(name)
        return database.collection(name).with_hidden_fields()

    return DocumentSource(open_collection)
