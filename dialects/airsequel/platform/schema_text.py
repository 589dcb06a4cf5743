"""The schema of a database as SQL text, and as a JSON source of Azimutt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import engine
from catalog.services.metadata.attributes import attributes_of
from catalog.services.metadata.tables import TableDeclaration, table_declarations
from dialects.airsequel.platform.cells import cell_of
from dialects.airsequel.platform.columns import TableColumn, columns_of

_SCHEMA = "public"
# Names that are no keywords of SQL.
_PLAIN_TYPE = re.compile(
    r"((TINY|SMALL|MEDIUM|BIG)?INT(EGER)?|INT_\w+|(TEXT|REAL|BLOB|BOOL|NUM|CHAR|VARCHAR|DOUBLE|FLOAT|DATE|TIME|DEC)\w*)"
    r"(\( *\d+ *(, *\d+ *)?\))?",
    re.IGNORECASE,
)
Table = tuple[str, TableDeclaration, Sequence[TableColumn]]


def tables_of(database: engine.Database) -> Iterator[Table]:
    """Yield the tables of a database in their order: name, declaration and columns."""
    declarations = table_declarations(database.id)
    for name in attributes_of(database.id).in_order([*database.specs]):
        table = declarations.get(name, TableDeclaration())
        yield name, table, columns_of(database.specs[name].schema, table)


def sql_of(database: engine.Database) -> str:
    """Return a CREATE TABLE statement for each table."""
    return "".join(create_table(*table) for table in tables_of(database))


def create_table(name: str, declaration: TableDeclaration, columns: Sequence[TableColumn]) -> str:
    """Return the CREATE TABLE statement of a table, or a comment where it has no columns."""
    if not columns:
        return f"-- The table {_quoted(name)} has no columns.\n"
    return f"{definition_of(name, declaration, columns)};\n"


def definitions_of(database: engine.Database) -> dict[str, str]:
    """Return the CREATE TABLE statements by table, of tables whose columns differ also without their case."""
    return {
        name: definition_of(name, declaration, columns)
        for name, declaration, columns in tables_of(database)
        if columns and len({column.name.lower() for column in columns}) == len(columns)
    }


def definition_of(name: str, declaration: TableDeclaration, columns: Sequence[TableColumn]) -> str:
    """Return the CREATE TABLE statement of a table."""
    lines = [*map(_definition, columns)]
    key = [column.name for column in columns if column.declaration.is_key_part]
    if key:
        lines.append(f"PRIMARY KEY ({_list(key)})")
    lines += [f"UNIQUE ({_list(names)})" for names in declaration.uniques]
    return f"CREATE TABLE {_quoted(name)} (\n  " + ",\n  ".join(lines) + "\n)"


def _definition(column: TableColumn) -> str:
    declaration = column.declaration
    parts = [_quoted(column.name), *_type(column.type)]
    if declaration.is_primary_key and not declaration.is_key_part:
        parts.append("PRIMARY KEY")
    elif column.is_unique:
        parts.append("UNIQUE")
    if column.field.required:
        parts.append("NOT NULL")
    if column.has_default:
        parts.append(f"DEFAULT {_literal(column.field.default)}")
    if column.field.enum:
        parts.append(f"CHECK ({_predicate(column)})")
    if declaration.references:
        table, to = declaration.references
        parts.append(f"REFERENCES {_quoted(table)}" + (f" ({_quoted(to)})" if to else ""))
    return " ".join(parts)


def _type(name: str) -> list[str]:
    """Return the name of a type, quoted unless it is a plain one; nothing for a column without a type."""
    if not name:
        return []
    return [name if _PLAIN_TYPE.fullmatch(name) else _quoted(name)]


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Any) -> str:
    cell = cell_of(value)
    if cell is None:
        return "NULL"
    if type(cell) is bool:
        return str(cell).upper()
    return repr(cell) if type(cell) in (int, float) else "'" + str(cell).replace("'", "''") + "'"


def azimutt_of(database: engine.Database) -> dict[str, Any]:
    """Return `{tables, relations}` as Azimutt reads them."""
    tables = [*tables_of(database)]
    keys = {
        name: next((item.name for item in columns if item.declaration.is_primary_key), "")
        for name, _, columns in tables
    }
    relations = [
        {
            "name": f"{name}_{column.name}",
            "src": {"schema": _SCHEMA, "table": name, "column": column.name},
            "ref": {"schema": _SCHEMA, "table": target[0], "column": target[1] or keys.get(target[0], "")},
        }
        for name, _, columns in tables
        for column in columns
        if (target := _target(column))
    ]
    return {"relations": relations, "tables": [_azimutt_table(*table) for table in tables]}


def _target(column: TableColumn) -> tuple[str, str] | None:
    return (column.field.collection, "_id") if column.field.collection else column.declaration.references


def _azimutt_table(name: str, declaration: TableDeclaration, columns: Sequence[TableColumn]) -> Mapping[str, Any]:
    keys = [column.name for column in columns if column.declaration.is_primary_key]
    return {
        "checks": [
            {"columns": [column.name], "name": f"{name}_{column.name}_check", "predicate": _predicate(column)}
            for column in columns
            if column.field.enum
        ],
        "columns": [_azimutt_column(column) for column in columns],
        "comment": declaration.description,
        "primaryKey": {"columns": keys, "name": f"{name}_pk"} if keys else None,
        "schema": _SCHEMA,
        "table": name,
        "uniques": [
            {
                "columns": [column.name],
                "definition": f"({_quoted(column.name)})",
                "name": f"{name}_{column.name}_unique",
            }
            for column in columns
            if column.is_unique
        ]
        + [
            {"columns": [*names], "definition": f"({_list(names)})", "name": f"{name}_{'_'.join(names)}_unique"}
            for names in declaration.uniques
        ],
        "view": False,
    }


def _azimutt_column(column: TableColumn) -> Mapping[str, Any]:
    return {
        "columns": [],
        "comment": column.field.description or None,
        "default": _literal(column.field.default) if column.has_default else None,
        "name": column.name,
        "nullable": not column.is_required,
        "type": column.type,
    }


def _predicate(column: TableColumn) -> str:
    return f"{_quoted(column.name)} IN ({', '.join(map(_literal, column.field.enum or ()))})"
