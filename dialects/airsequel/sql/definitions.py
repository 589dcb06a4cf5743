"""Statements about the schema: their changes are those of tables, columns, indexes and views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import engine
from accounts.principal import AccountPrincipal
from catalog.locking import LOCKED
from catalog.services.metadata.attributes import read_profile
from catalog.services.metadata.renaming import rename_collection
from catalog.services.metadata.views import change_views, views_of
from dialects.airsequel.platform.changes import add_column, change_column, create_table, delete_column, delete_table
from dialects.airsequel.platform.columns import ColumnDraft
from dialects.airsequel.platform.operations.tables import ColumnChange
from dialects.airsequel.platform.sql_script import check_supported, default_of, read_script
from dialects.airsequel.platform.table_handle import TableHandle, open_table
from dialects.airsequel.sql.tables import tables_of
from engine import Action
from engine.indexes import NewIndex
from features.charts.services import delete_charts_of_table
from features.sql.definitions import DefinitionChange, SqlIndex, SqlSchema, schema_changes
from features.sql.tables import quoted

# Values that a unique index compares: as in SQL, rows without one do not conflict.
_VALUES = {"$type": ["string", "number", "bool", "date", "objectId", "object", "binData"]}

_NOT_OF_A_NEW_COLUMN = ("CHECK", "REFERENCES")
_SEVERAL = "UNIQUE over several columns is not supported here: use CREATE UNIQUE INDEX."


@dataclass(frozen=True)
class SchemaEditor:
    """Changes the schema of a database for a caller."""

    principal: AccountPrincipal
    database: engine.Database

    def run(self, statement: str, *, tenant: str) -> tuple[list[str], list[str]]:
        """Run a statement. Returns the names of the tables and views that it changes, and its errors.

        Raises `Forbidden` without the permission and for a locked schema, and what the changes raise.
        """
        self.database.require(Action.DESIGN)
        if read_profile(self.principal, self.database.id).schema_locked:
            raise engine.Forbidden(LOCKED)
        schema = SqlSchema(tables_of(self.database), views_of(self.database.id), self._indexes(statement))
        changes, errors = schema_changes(statement, schema, tenant=tenant)
        for change in changes:
            self._apply(change, statement)
        return [*dict.fromkeys(change.table or change.to or change.name for change in changes)], errors

    def rename_table(self, name: str, *, to: str, tenant: str) -> None:
        """Rename a table, also in the views that name it. Raises `Conflict` where SQLite cannot do that."""
        views = views_of(self.database.id)
        changed: dict[str, str | None] = {}
        if any(name.lower() in text.lower() for text in views.values()):
            statement = f"ALTER TABLE {quoted(name)} RENAME TO {quoted(to)}"
            schema = SqlSchema(tables_of(self.database), views)
            changes, errors = schema_changes(statement, schema, tenant=tenant)
            if errors:
                raise engine.Conflict(f"A view keeps the table from being renamed: {errors[0]}.")
            changed = {change.name: change.text for change in changes if change.kind == "create view"}
        rename_collection(self.principal, self.database.id, name, to=to)
        if changed:
            change_views(self.principal, self.database.id, changed)

    def _indexes(self, statement: str) -> list[SqlIndex]:
        """Return the indexes of all tables, for statements that name some."""
        names = self.database.specs if "index" in statement.lower() else ()
        return [index for name in names for index in _indexes_of(self.database.collection(name))]

    def _apply(self, change: DefinitionChange, statement: str) -> None:
        kind, _, what = change.kind.partition(" ")
        if what == "table":
            self._change_table(kind, change, statement)
        elif what == "column":
            self._change_column(kind, change, statement)
        elif what == "index":
            self._change_index(change)
        else:
            text = change.text if kind == "create" else None
            change_views(self.principal, self.database.id, {change.name: text})

    def _change_table(self, kind: str, change: DefinitionChange, statement: str) -> None:
        principal, database_id = self.principal, self.database.id
        if kind == "create":
            drafts = [draft for draft in read_script(statement) if draft.name == change.name]
            for draft in drafts:
                if draft.uniques:
                    raise engine.Invalid.of_field("query", _SEVERAL)
                create_table(principal, database_id, draft, description=None)
        elif kind == "rename":
            rename_collection(principal, database_id, change.name, to=change.to)
        else:
            delete_table(principal, self.database, change.name)
            delete_charts_of_table(principal, database_id, change.name)

    def _change_column(self, kind: str, change: DefinitionChange, statement: str) -> None:
        table = self._table(change.table)
        new = change.column
        if kind == "drop":
            delete_column(self.principal, table, table.column(change.name))
        elif kind == "rename":
            change_column(self.principal, table, table.column(change.name), ColumnChange(name=change.to))
        elif new is not None:
            check_supported(statement, words=_NOT_OF_A_NEW_COLUMN)
            default = default_of(new.name, new.default)
            add_column(
                self.principal, table, ColumnDraft(new.name, new.type or "TEXT", new.is_required, default=default)
            )

    def _change_index(self, change: DefinitionChange) -> None:
        table, index = self._table(change.table), change.index
        if index is None:
            table.collection.indexes.drop(change.name)
            return
        paths = [table.column(name).path for name in index.columns]
        partial = dict.fromkeys(paths, _VALUES) if index.is_unique else None
        new = NewIndex([(path, 1) for path in paths], unique=index.is_unique, partial=partial, name=index.name)
        table.collection.indexes.create(new)

    def _table(self, name: str) -> TableHandle:
        return open_table(self.principal, self.database.id, name, action=Action.DESIGN)


def _indexes_of(collection: engine.Collection) -> Iterator[SqlIndex]:
    for spec in collection.indexes.specs():
        keys: Mapping[str, object] = spec["key"]
        if _are_plain(keys.values()):
            yield SqlIndex(spec["name"], collection.spec.name, tuple(keys), bool(spec.get("unique")))


def _are_plain(orders: Iterable[object]) -> bool:
    return all(order in (1, -1) for order in orders)
