"""Columns, rows and cells of the grid of documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import engine
import engine.encoding
from dashboard.documents import titles
from dashboard.documents.grid_state import GridState
from dashboard.documents.references import ReferenceLink
from engine.encoding import dumps

_DEFAULT_COLUMNS = 12
_NUMERIC = frozenset({"number", "autonumber", "decimal128"})
_MAX_TEXT_LENGTH = 120
_MAX_NESTED_LENGTH = 60


@dataclass(frozen=True)
class Column:
    """A column. `type` is the declared type, or empty. Numeric columns are aligned right."""

    name: str
    type: str = ""
    visible: bool = True
    numeric: bool = False
    is_title: bool = False
    sort: int = 0
    toggle: str = ""
    required: bool = False


@dataclass(frozen=True)
class Cell:
    """A value as short text. `kind` selects its style; `complete` is false if the text is cut.

    `at` is a time in ISO 8601, `links` are the documents that a reference points to.
    """

    name: str
    kind: str
    text: str
    complete: bool = True
    numeric: bool = False
    at: str = ""
    links: Sequence[ReferenceLink] = ()


@dataclass(frozen=True)
class Row:
    """A document: its id, version and title, and one cell for each column."""

    id: str
    version: int
    label: str
    cells: list[Cell] = field(default_factory=list)


def columns(
    schema: engine.Schema,
    documents: Sequence[Mapping[str, Any]],
    state: GridState,
    *,
    title: str = "_id",
    chosen: Sequence[str] = (),
) -> list[Column]:
    """Return the columns, visible ones first and in order: those of the address, else the `chosen` ones.

    Without either, the title comes first, then the other fields in document order, at most 12.
    """
    order = state.columns or tuple(chosen)
    names = dict.fromkeys([title, "_id", *_in_document_order(schema, documents)])
    visible = dict.fromkeys(order or [*names][:_DEFAULT_COLUMNS])
    return [
        _column(name, schema, documents, state, visible=name in visible, is_title=name == title)
        for name in dict.fromkeys([*visible, *names])
    ]


def _in_document_order(schema: engine.Schema, documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return declared fields, with each undeclared field before its successor in its document."""
    names = [item.name for item in schema.visible_fields]
    known = {*names, "_id", "_sys"}
    for document in documents:
        at = len(names)
        for name in reversed([*document]):
            if name not in known:
                known.add(name)
                names.insert(at, name)
            if name not in ("_id", "_sys"):
                at = names.index(name)
    return names


def _column(
    name: str,
    schema: engine.Schema,
    documents: Sequence[Mapping[str, Any]],
    state: GridState,
    *,
    visible: bool,
    is_title: bool,
) -> Column:
    declared = schema.by_name.get(name)
    numeric = declared.type in _NUMERIC if declared else _all_numbers(item.get(name) for item in documents)
    return Column(
        name=name,
        type=declared.type if declared else "",
        visible=visible,
        numeric=numeric,
        is_title=is_title,
        sort=state.sorted_by(name),
        toggle=state.toggled(name) if name else "",
        required=bool(declared and declared.required),
    )


def _all_numbers(values: Iterable[Any]) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in present
    )


def row(
    document: Mapping[str, Any],
    columns: Sequence[Column],
    *,
    title: str = "_id",
    links: Mapping[str, Sequence[ReferenceLink]] | None = None,
) -> Row:
    """Return the row of a document."""
    numeric = {column.name for column in columns if column.numeric}
    row_cells = [
        replace(item, numeric=item.name in numeric, links=(links or {}).get(item.name, ()))
        for item in cells(document, [column.name for column in columns])
    ]
    version = document.get("_sys", {}).get("version", 0)
    return Row(str(document["_id"]), version, titles.label(document, title), row_cells)


def table(documents: Sequence[Mapping[str, Any]], names: Sequence[str]) -> tuple[list[Column], list[list[Cell]]]:
    """Return columns and rows of any documents, such as the result of a query. Numeric columns are marked."""
    table_columns = [Column(name, numeric=_all_numbers(item.get(name) for item in documents)) for name in names]
    numeric = {column.name for column in table_columns if column.numeric}
    rows = [
        [replace(item, numeric=item.name in numeric) for item in cells(document, names)] for document in documents
    ]
    return table_columns, rows


def cells(document: Mapping[str, Any], names: Iterable[str]) -> list[Cell]:
    """Return the cells of a document for the named fields."""
    return [cell(name, document[name]) if name in document else Cell(name, "missing", "") for name in names]


def cell(name: str, value: Any) -> Cell:
    """Return a value as a cell of one line."""
    match value:
        case None:
            return Cell(name, "null", "null")
        case bool():
            return Cell(name, "bool", "true" if value else "false")
        case int() | float():
            return Cell(name, "number", dumps(value).decode())
        case datetime():
            utc = value.isoformat(sep=" ").removesuffix("+00:00").removesuffix("000")
            return Cell(name, "time", f"{utc}Z", at=f"{utc.replace(' ', 'T')}Z")
        case date():
            return Cell(name, "time", value.isoformat())
        case str():
            return _cut(name, "text", value, _MAX_TEXT_LENGTH)
        case dict() | list():
            return _nested(name, value)
        case _:
            plain = engine.encoding.plain(value)
            text = plain if type(plain) is str else dumps(plain).decode()
            return _cut(name, "id", text, _MAX_TEXT_LENGTH)


def _nested(name: str, value: Any) -> Cell:
    """Return the cell of an object or array: its size and its first members. Deeper values are abbreviated."""
    size = f"[{len(value)}]" if type(value) is list else f"{{{len(value)}}}"
    members = value if type(value) is list else [f"{key}: {_brief(item)}" for key, item in [*value.items()][:6]]
    text = _line(", ".join(_brief(item) if type(value) is list else item for item in members[:6]))
    cut = text if len(text) <= _MAX_NESTED_LENGTH else text[:_MAX_NESTED_LENGTH] + "…"
    return Cell(name, "nested", f"{size} {cut}".strip(), complete=False)


def _brief(value: Any) -> str:
    match value:
        case dict():
            return "{…}" if value else "{}"
        case list():
            return "[…]" if value else "[]"
        case str():
            return value[:_MAX_NESTED_LENGTH]
        case _:
            return dumps(value).decode().strip('"')


def _line(text: str) -> str:
    """Return the text as one line, with a sign for each line break."""
    return re.sub(r"\r\n?|\n", " ↵ ", text)


def _cut(name: str, kind: str, text: str, max_length: int) -> Cell:
    line = _line(text[: max_length + 1])
    if len(text) <= max_length:
        return Cell(name, kind, line)
    return Cell(name, kind, line[:max_length] + "…", complete=False)
