"""Tables and columns as GraphQL has them: collections and their declared fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import engine
from catalog.services.hidden_fields import ROWID
from catalog.services.metadata.tables import ColumnDeclaration, TableDeclaration
from dialects.airsequel import column_types
from dialects.airsequel.identifiers import encode
from dialects.airsequel.structures import JSON_TEXT, TEXTS, Structure, structure_of
from engine.schema import Rules, Schema

ID = "_id"
_NO_TABLE = TableDeclaration()
_NO_COLUMN = ColumnDeclaration()
# The first of these that no column has is the name of the rowid, as in SQLite.
_ROWID_NAMES = ("rowid", "_rowid_", "oid")
_DATES = ("date", "datetime", "timestamp")
_IDS = ("objectid", "reference")
_JSON = ("json", "object", "array", "regex", "null")
_NO_DEFAULT = engine.Field("").default


class ValueForm(Enum):
    """How the values of a column relate to the values that its field stores."""

    PLAIN = "plain"
    DATE = "date"
    ID = "id"
    JSON = "json"
    DECIMAL = "decimal"
    FILE = "file"


@dataclass(frozen=True)
class GraphColumn:
    """A column. `path` is the field that has its value, `type` the GraphQL type of its values.

    `is_required` columns are never null; `is_omittable` ones have a value in a row that was inserted without.
    """

    name: str
    identifier: str
    path: str
    type: str
    form: ValueForm = ValueForm.PLAIN
    is_required: bool = False
    is_omittable: bool = True
    is_writable: bool = True
    is_unique: bool = False
    is_key: bool = False
    choices: tuple[str, ...] = ()
    description: str = ""
    reference: str = ""
    structure: Structure = JSON_TEXT


@dataclass(frozen=True)
class Table:
    """A collection with its columns, the rowid first."""

    name: str
    identifier: str
    columns: tuple[GraphColumn, ...]
    description: str = ""

    @cached_property
    def by_identifier(self) -> Mapping[str, GraphColumn]:
        return {column.identifier: column for column in self.columns}

    @cached_property
    def rowid(self) -> GraphColumn:
        return self.columns[0]

    @cached_property
    def key(self) -> tuple[GraphColumn, ...]:
        """The columns of the primary key; the rowid without one."""
        return tuple(column for column in self.columns if column.is_key) or (self.rowid,)


def tables_of(
    specs: Mapping[str, engine.CollectionSpec], declarations: Mapping[str, TableDeclaration]
) -> tuple[Table, ...]:
    """Return the tables of a database, in the order of its collections."""
    return tuple(_table(spec, declarations.get(name, _NO_TABLE)) for name, spec in specs.items())


def _table(spec: engine.CollectionSpec, declaration: TableDeclaration) -> Table:
    declared = [
        _column(field, declaration.columns.get(field.name, _NO_COLUMN), spec.schema.rules)
        for field in spec.schema.visible_fields
        if not field.template and not field.hidden
    ]
    columns = (_rowid(spec.schema), _id(), *declared)
    return Table(spec.name, encode(spec.name), columns, declaration.description or "")


def _rowid(schema: Schema) -> GraphColumn:
    name = next((name for name in _ROWID_NAMES if name not in schema.by_name), ROWID)
    return GraphColumn(name, encode(name), ROWID, "Int", is_required=True, is_unique=True)


def _id() -> GraphColumn:
    return GraphColumn(ID, ID, ID, "String", ValueForm.ID, is_required=True, is_writable=False, is_unique=True)


def _column(field: engine.Field, declaration: ColumnDeclaration, rules: Rules | None) -> GraphColumn:
    kind = declaration.type or column_types.sqlite_type(field)
    alias = declaration.is_rowid_alias
    return GraphColumn(
        name=field.name,
        identifier=encode(field.name),
        path=ROWID if alias else field.name,
        type="Int" if alias else column_types.graphql_type(kind),
        form=_form(field, kind),
        is_required=field.required or alias,
        is_omittable=not field.required or alias or field.default is not _NO_DEFAULT,
        is_writable=alias or not field.unwritable,
        is_unique=field.unique or alias,
        is_key=declaration.is_primary_key,
        choices=_choices(field),
        description=field.description,
        reference="" if field.path else field.collection,
        structure=_structure(field, rules),
    )


def _structure(field: engine.Field, rules: Rules | None) -> Structure:
    """Return the structure of a field of objects or arrays; that of JSON text where none is declared."""
    if field.many:
        return TEXTS
    properties = rules.raw.get("properties") if rules is not None and field.type in _JSON else None
    return structure_of(properties.get(field.name)) if isinstance(properties, Mapping) else JSON_TEXT


def _form(field: engine.Field, kind: str) -> ValueForm:
    if field.many or field.type in _JSON:
        return ValueForm.JSON
    if column_types.affinity(kind) == "BLOB":
        return ValueForm.FILE
    if field.type in _DATES:
        return ValueForm.DATE
    if field.type in _IDS:
        return ValueForm.ID
    return ValueForm.DECIMAL if field.type == "decimal128" else ValueForm.PLAIN


def _choices(field: engine.Field) -> tuple[str, ...]:
    values: Sequence[object] = field.enum or ()
    return tuple(value for value in values if isinstance(value, str)) if field.type in ("string", "enum") else ()
