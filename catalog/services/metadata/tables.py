"""What tables and their columns declare besides the fields of a collection: SQL types, keys, descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

import engine
from accounts.principal import Principal
from catalog.definitions import no_collection
from catalog.locking import check_unlocked
from catalog.models import Collection, State
from catalog.services.access import entry_of, invalidate, open_database

_MAX_COLUMNS = 1_000


@dataclass(frozen=True)
class ColumnDeclaration:
    """What a column declares besides its field. `type` is the name of an SQL type as its creator wrote it.

    A column of the type INTEGER that alone `is_primary_key` is an alias of the rowid; `is_key_part` says that the
    key has several columns. An `is_untyped` column has no type. `references` are a table and its column, whose
    values these are; the column is empty for the primary key.
    """

    type: str = ""
    is_primary_key: bool = False
    is_key_part: bool = False
    is_untyped: bool = False
    references: tuple[str, str] | None = None

    @property
    def is_rowid_alias(self) -> bool:
        return self.is_primary_key and not self.is_key_part and self.type.upper() == "INTEGER"

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> ColumnDeclaration:
        references = stored.get("references")
        return cls(
            stored.get("type", ""),
            bool(stored.get("primary_key")),
            bool(stored.get("key_part")),
            bool(stored.get("untyped")),
            (references[0], references[1]) if references else None,
        )

    def as_dict(self, name: str) -> dict[str, Any]:
        others = {"key_part": self.is_key_part, "untyped": self.is_untyped, "references": self.references}
        declared = {"name": name, "type": self.type, "primary_key": self.is_primary_key}
        return declared | {key: value for key, value in others.items() if value}


@dataclass(frozen=True)
class TableDeclaration:
    """What a table declares besides its fields: a description, and columns by name, in their order.

    `uniques` are the groups of columns that are unique together, other than the primary key.
    """

    description: str | None = None
    columns: Mapping[str, ColumnDeclaration] = field(default_factory=dict)
    uniques: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> TableDeclaration:
        columns = {item["name"]: ColumnDeclaration.of(item) for item in stored.get("columns", ())}
        return cls(stored.get("description"), columns, tuple(map(tuple, stored.get("uniques", ()))))

    def as_dict(self) -> dict[str, Any]:
        columns = [column.as_dict(name) for name, column in self.columns.items()]
        uniques = {"uniques": [[*names] for names in self.uniques]} if self.uniques else {}
        return {"description": self.description, "columns": columns, **uniques}

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The groups of several columns that are unique together: the primary key first."""
        key = tuple(name for name, column in self.columns.items() if column.is_key_part)
        return (*([key] if key else []), *self.uniques)


def table_declarations(database_id: str) -> Mapping[str, TableDeclaration]:
    """Return the declarations by the name of the collection. The caller must have opened the database."""
    entry = entry_of(database_id)
    tables = entry.tables if entry else {}
    return {name: TableDeclaration.of(stored) for name, stored in tables.items()}


def declare_table(
    principal: Principal,
    database_id: str,
    name: str,
    *,
    columns: Mapping[str, ColumnDeclaration | None] | None = None,
    order: Sequence[str] = (),
    description: Mapping[str, str | None] | None = None,
    uniques: Sequence[Sequence[str]] | None = None,
    renamed: Mapping[str, str] | None = None,
) -> None:
    """Store declarations of columns, where None removes one, and `{"description": …}`. Needs `design`.

    Columns of `order` come first, in that order; `uniques` are groups of columns that are unique together. With
    `renamed`, new names of columns, other declarations follow. Other processes use them within CACHE_SECONDS.
    Raises `Forbidden` for columns of a locked database.
    """
    open_database(principal, database_id, collection=name).require(engine.Action.DESIGN)
    with transaction.atomic():
        rows = Collection.objects.select_for_update().select_related("database")
        row = rows.filter(database__public_id=database_id, name=name, state=State.READY).first()
        if row is None:
            raise engine.NotFound(no_collection(name))
        if columns:
            check_unlocked(row.database)
        stored = TableDeclaration.of(row.table)
        if renamed:
            stored = replace(stored, uniques=_renamed(stored.uniques, renamed))
            _rename_targets(row, renamed)
        declared = _changed(stored, columns or {}, description or {})
        if uniques is not None:
            declared = replace(declared, uniques=tuple(map(tuple, uniques)))
        row.table = replace(declared, columns=_ordered(declared.columns, order)).as_dict()
        row.save(update_fields=["table"])
    invalidate(database_id)


def _renamed(uniques: Sequence[Sequence[str]], names: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(names.get(name, name) for name in group) for group in uniques)


def _rename_targets(row: Collection, names: Mapping[str, str]) -> None:
    """Let the columns of other tables that refer to renamed columns name them as they are now."""
    others = Collection.objects.select_for_update().filter(database=row.database, state=State.READY)
    for other in others.exclude(pk=row.pk):
        declared = TableDeclaration.of(other.table)
        columns = {
            name: replace(column, references=(row.name, names[column.references[1]]))
            if column.references and column.references[0] == row.name and column.references[1] in names
            else column
            for name, column in declared.columns.items()
        }
        if columns != declared.columns:
            other.table = replace(declared, columns=columns).as_dict()
            other.save(update_fields=["table"])


def _ordered(columns: Mapping[str, ColumnDeclaration], order: Sequence[str]) -> dict[str, ColumnDeclaration]:
    names = [*(name for name in order if name in columns), *columns]
    return {name: columns[name] for name in names}


def _changed(
    stored: TableDeclaration,
    columns: Mapping[str, ColumnDeclaration | None],
    description: Mapping[str, str | None],
) -> TableDeclaration:
    merged = {name: column for name, column in {**stored.columns, **columns}.items() if column is not None}
    if len(merged) > _MAX_COLUMNS:
        raise engine.TooLarge(f"A table has at most {_MAX_COLUMNS} columns.")
    uniques = tuple(names for names in stored.uniques if all(columns.get(name, names) for name in names))
    return TableDeclaration(description.get("description", stored.description), merged, uniques)
