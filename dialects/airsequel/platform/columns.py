"""Columns as they are declared here, and the fields that store them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import engine
from catalog.services.hidden_fields import ROWID, ROWID_FIELD
from catalog.services.metadata.tables import ColumnDeclaration, TableDeclaration
from dialects.airsequel import column_types

# The first of these that no column has is the name of the rowid, as in SQLite.
_ROWID_NAMES = ("rowid", "_rowid_", "oid")
_NO_DEFAULT = engine.Field("").default


@dataclass(frozen=True)
class ColumnDraft:
    """A column to be created. `default` is in a tuple, which is empty without one.

    `reference` is a table, whose `_id` the values are; `target` a table and its column, whose values they are.
    `field_type` is how the values are stored, where the name of the type does not decide it.
    """

    name: str
    type: str = "TEXT"
    is_required: bool = False
    is_unique: bool = False
    is_primary_key: bool = False
    default: tuple[Any, ...] = ()
    choices: tuple[Any, ...] = ()
    reference: str = ""
    description: str = ""
    is_key_part: bool = False
    is_untyped: bool = False
    target: tuple[str, str] | None = None
    field_type: str = ""

    @property
    def declaration(self) -> ColumnDeclaration:
        return ColumnDeclaration(
            self.type, self.is_primary_key, self.is_key_part, self.is_untyped, references=self.target
        )

    @property
    def stored_type(self) -> str:
        """The type of the field, unless it is an alias of the rowid."""
        return "reference" if self.reference else self.field_type or column_types.field_type(self.type)

    def as_field(self) -> dict[str, Any]:
        """Return the declaration of the field. An alias of the rowid is numbered by the service."""
        if self.declaration.is_rowid_alias:
            return {"name": self.name, "type": "autonumber", "unique": True, **self._description}
        declared: dict[str, Any] = {"name": self.name, "type": self.stored_type, **self._description}
        declared |= {"required": True} if self.is_required or self.is_primary_key else {}
        is_key = self.is_primary_key and not self.is_key_part
        declared |= {"unique": True} if self.is_unique or is_key else {}
        declared |= {"default": self.default[0]} if self.default else {}
        declared |= {"enum": list(self.choices)} if self.choices else {}
        return declared | ({"collection": self.reference} if self.reference else {})

    @property
    def _description(self) -> dict[str, str]:
        return {"description": self.description} if self.description else {}


@dataclass(frozen=True)
class TableDraft:
    """A table to be created. `uniques` are groups of columns that are unique together, besides the primary key."""

    name: str
    columns: tuple[ColumnDraft, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()

    def as_collection(self) -> dict[str, Any]:
        """Return the definition of the collection, whose documents have a rowid."""
        return {"name": self.name, "fields": [ROWID_FIELD, *(column.as_field() for column in self.columns)]}

    @property
    def declarations(self) -> dict[str, ColumnDeclaration]:
        return {column.name: column.declaration for column in self.columns}

    @property
    def declaration(self) -> TableDeclaration:
        return TableDeclaration(columns=self.declarations, uniques=self.uniques)


@dataclass(frozen=True)
class TableColumn:
    """A column of an existing table, with the field that stores it."""

    field: engine.Field
    declaration: ColumnDeclaration

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def type(self) -> str:
        """The name of the SQL type; empty for a column without one."""
        if self.declaration.is_untyped:
            return ""
        return self.declaration.type or column_types.sqlite_type(self.field)

    @property
    def path(self) -> str:
        """The field that has the value: the rowid for its alias."""
        return ROWID if self.declaration.is_rowid_alias else self.name

    @property
    def is_file(self) -> bool:
        """Whether the cells are ids of files."""
        return self.type != "" and column_types.affinity(self.type) == "BLOB" and self.field.type == "string"

    @property
    def is_binary(self) -> bool:
        """Whether the cells are binary data in the row itself, as in an uploaded SQLite file."""
        return self.field.type == "binary"

    @property
    def is_unique(self) -> bool:
        return self.field.unique

    @property
    def has_default(self) -> bool:
        return self.field.default is not _NO_DEFAULT

    @property
    def is_required(self) -> bool:
        return self.field.required or self.declaration.is_rowid_alias

    @property
    def is_omittable(self) -> bool:
        """Whether a row that is inserted without a value has one, or none is needed."""
        return not self.field.required or self.has_default


def columns_of(schema: engine.Schema, table: TableDeclaration) -> list[TableColumn]:
    """Return the columns of a table: those that it declares in their order, then the other fields."""
    fields = {item.name: item for item in schema.visible_fields if not item.hidden and not item.template}
    order = [*(name for name in table.columns if name in fields), *(name for name in fields)]
    return [
        TableColumn(fields[name], table.columns.get(name, ColumnDeclaration())) for name in dict.fromkeys(order)
    ]


def rowid_name(columns: Iterable[TableColumn]) -> str:
    """Return the name of the rowid: the first of SQLite's names that no column has."""
    taken = {column.name.lower() for column in columns}
    return next((name for name in _ROWID_NAMES if name not in taken), ROWID)


def by_name(columns: Iterable[TableColumn]) -> Mapping[str, TableColumn]:
    return {column.name: column for column in columns}
