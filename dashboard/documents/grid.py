"""The grid of documents: what its address says, its columns, and values as short text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

import engine
from dashboard.documents import titles
from dashboard.documents.references import Link
from engine import Count
from web.parsing import json_text

SIZES = (25, 50, 100, 200)
DEFAULT_SIZE = 50
_SHOWN_COLUMNS = 12
_MOST_BACK = 20
_NUMERIC = frozenset({"number", "autonumber", "decimal128"})
_LONGEST_TEXT = 120
_LONGEST_NESTED = 60
MAX_OFFSET = 2**31


@dataclass(frozen=True)
class View:
    """What one address shows: every part of it is a parameter, so that each view can be linked to.

    `back` are the cursors of the pages before, the nearest last; of a long way only the last are kept. Without a
    cursor a page begins at `offset`. `wanted_size` is a page size that was asked for and is not available, else 0.
    """

    filter: str = ""
    sort: tuple[tuple[str, int], ...] = ()
    columns: tuple[str, ...] = ()
    size: int = DEFAULT_SIZE
    cursor: str = ""
    back: tuple[str, ...] = ()
    offset: int = 0
    wanted_size: int = 0

    @classmethod
    def of(cls, given: QueryDict) -> View:
        """What is not understood is left out: an address that somebody shortened still shows something."""
        wanted, offset, number = (_whole(given.get(name, "")) for name in ("size", "offset", "page"))
        size = _allowed_size(wanted)
        offset = (number - 1) * size if number else offset
        return cls(
            filter=given.get("filter", "").strip(),
            sort=tuple(_sort_key(text) for text in given.getlist("sort") if text[:2] in ("+:", "-:")),
            columns=tuple(dict.fromkeys(given.getlist("column"))),
            size=size,
            wanted_size=wanted if wanted not in (0, size) else 0,
            cursor="" if number else given.get("cursor", ""),
            back=tuple(given.getlist("back"))[-_MOST_BACK:],
            offset=min(offset, MAX_OFFSET),
        )

    def query(self) -> engine.Query:
        """Raises `Invalid`, naming `filter`."""
        return engine.Query(
            filter=self.conditions(),
            sort=self.sort,
            limit=self.size,
            skip=0 if self.cursor else self.offset,
            root="filter",
            cursor=self.cursor,
            count=Count.NONE,
        )

    def conditions(self) -> dict[str, Any]:
        found = json_text("filter", self.filter) if self.filter else {}
        if type(found) is not dict:
            raise engine.Invalid.of_field("filter", 'A filter is a JSON object, such as {"rating": {"$gte": 4}}.')
        return found

    def pairs(self, *, but: Iterable[str] = ()) -> list[tuple[str, str]]:
        """As the parameters of an address or the hidden members of a form."""
        found = [("filter", self.filter)] if self.filter else []
        found += [("sort", f"{'+' if way == 1 else '-'}:{name}") for name, way in self.sort]
        found += [("column", name) for name in self.columns]
        found += [("size", str(self.size))] if self.size != DEFAULT_SIZE else []
        found += [("cursor", self.cursor)] if self.cursor else []
        found += [("back", text) for text in self.back]
        found += [("offset", str(self.offset))] if self.offset else []
        return [(name, value) for name, value in found if name not in but]

    def address(self, **changes: Any) -> str:
        """The query string of another view; it begins at the first page unless it is of the same list."""
        kept = {"columns", "cursor", "back", "offset"} & changes.keys()
        fresh = {} if kept else {"cursor": "", "back": (), "offset": 0}
        return "?" + urlencode(replace(self, **{**fresh, **changes}).pairs())

    def following(self, page: engine.Page) -> str:
        if page.next is None:
            return ""
        back = (*self.back, self.cursor)[-_MOST_BACK:]
        return self.address(cursor=page.next, back=back, offset=self.offset + len(page.documents))

    def preceding(self) -> str:
        if not self.cursor and not self.offset:
            return ""
        offset = max(self.offset - self.size, 0)
        if not self.back:
            return self.address(cursor="", offset=offset)
        return self.address(cursor=self.back[-1], back=self.back[:-1], offset=offset)

    def last(self, total: int) -> str:
        """The address of the last page of so many documents; empty where it is this page."""
        offset = min(max(total - 1, 0) // self.size * self.size, MAX_OFFSET)
        return self.address(cursor="", back=(), offset=offset) if offset > self.offset else ""

    @property
    def page(self) -> int:
        return self.offset // self.size + 1

    @property
    def size_notice(self) -> str:
        """What to say where the page size that was asked for is not available."""
        if not self.wanted_size:
            return ""
        sizes = ", ".join(str(size) for size in SIZES)
        return f"The page size {self.wanted_size} is not available; {self.size} is used. Available: {sizes}."

    def sorted_by(self, name: str) -> int:
        return dict(self.sort).get(name, 0)

    def toggled(self, name: str) -> str:
        """By this column up, then down, then not any more."""
        way = {0: 1, 1: -1, -1: 0}[self.sorted_by(name)]
        return self.address(sort=((name, way),) if way else ())


@dataclass(frozen=True)
class Column:
    """One column; `type` is what the schema declares, or empty. A numeric one is aligned right."""

    name: str
    type: str = ""
    shown: bool = True
    numeric: bool = False
    is_title: bool = False
    sort: int = 0
    toggle: str = ""
    required: bool = False


@dataclass(frozen=True)
class Cell:
    """One value as short text; `kind` gives its look, `whole` says whether it was not cut.

    `at` is a time in ISO 8601, `links` the documents that a reference points to.
    """

    name: str
    kind: str
    text: str
    whole: bool = True
    numeric: bool = False
    at: str = ""
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class Row:
    """One document: its id, version and title, a cell for each column."""

    id: str
    version: int
    label: str
    cells: list[Cell] = field(default_factory=list)


def columns(
    schema: engine.Schema,
    documents: Sequence[Mapping[str, Any]],
    view: View,
    *,
    title: str = "_id",
    chosen: Sequence[str] = (),
) -> list[Column]:
    """Return the columns, the shown ones first and in order: those of the address, else the `chosen` ones.

    Without either the title comes first, then the other fields in document order, at most 12.
    """
    order = view.columns or tuple(chosen)
    names = dict.fromkeys([title, "_id", *_in_document_order(schema, documents)])
    shown = dict.fromkeys(order or [*names][:_SHOWN_COLUMNS])
    return [
        _column(name, schema, documents, view, shown=name in shown, is_title=name == title)
        for name in dict.fromkeys([*shown, *names])
    ]


def _in_document_order(schema: engine.Schema, documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """The declared fields, and each undeclared one before the field that follows it in its document."""
    names = [item.name for item in schema.fields]
    known = {*names, "_id", "_sys"}
    for document in documents:
        at = len(names)
        for name in reversed(document):
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
    view: View,
    *,
    shown: bool,
    is_title: bool,
) -> Column:
    declared = schema.by_name.get(name)
    numeric = declared.type in _NUMERIC if declared else _all_numbers(item.get(name) for item in documents)
    return Column(
        name=name,
        type=declared.type if declared else "",
        shown=shown,
        numeric=numeric,
        is_title=is_title,
        sort=view.sorted_by(name),
        toggle=view.toggled(name) if _sortable(name) else "",
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
    links: Mapping[str, Sequence[Link]] | None = None,
) -> Row:
    found = cells(document, [column.name for column in columns])
    numeric = {column.name for column in columns if column.numeric}
    found = [replace(item, numeric=item.name in numeric, links=(links or {}).get(item.name, ())) for item in found]
    version = document.get("_sys", {}).get("version", 0)
    return Row(str(document["_id"]), version, titles.label(document, title), found)


def table(documents: Sequence[Mapping[str, Any]], names: Sequence[str]) -> tuple[list[Column], list[list[Cell]]]:
    """Return columns and rows of any documents, such as the result of a query; numeric columns are marked."""
    found = [Column(name, numeric=_all_numbers(item.get(name) for item in documents)) for name in names]
    numeric = {column.name for column in found if column.numeric}
    rows = [
        [replace(item, numeric=item.name in numeric) for item in cells(document, names)] for document in documents
    ]
    return found, rows


def cells(document: Mapping[str, Any], names: Iterable[str]) -> list[Cell]:
    return [cell(name, document[name]) if name in document else Cell(name, "missing", "") for name in names]


def cell(name: str, value: Any) -> Cell:
    """A value in one line."""
    match value:
        case None:
            return Cell(name, "null", "null")
        case bool():
            return Cell(name, "bool", "true" if value else "false")
        case int() | float():
            return Cell(name, "number", engine.dumps(value).decode())
        case datetime():
            utc = value.isoformat(sep=" ").removesuffix("+00:00").removesuffix("000")
            return Cell(name, "time", f"{utc}Z", at=f"{utc.replace(' ', 'T')}Z")
        case date():
            return Cell(name, "time", value.isoformat())
        case str():
            return _cut(name, "text", value, _LONGEST_TEXT)
        case dict() | list():
            return _nested(name, value)
        case _:
            plain = engine.plain(value)
            text = plain if type(plain) is str else engine.dumps(plain).decode()
            return _cut(name, "id", text, _LONGEST_TEXT)


def _nested(name: str, value: Any) -> Cell:
    """How many members it has, and how it begins; what is deep is not written out to be cut off."""
    sign = f"[{len(value)}]" if type(value) is list else f"{{{len(value)}}}"
    members = value if type(value) is list else [f"{key}: {_brief(item)}" for key, item in [*value.items()][:6]]
    text = ", ".join(_brief(item) if type(value) is list else item for item in members[:6])
    cut = text if len(text) <= _LONGEST_NESTED else text[:_LONGEST_NESTED] + "…"
    return Cell(name, "nested", f"{sign} {cut}".strip(), whole=False)


def _brief(value: Any) -> str:
    match value:
        case dict():
            return "{…}" if value else "{}"
        case list():
            return "[…]" if value else "[]"
        case str():
            return value[:_LONGEST_NESTED]
        case _:
            return engine.dumps(value).decode().strip('"')


def _cut(name: str, kind: str, text: str, most: int) -> Cell:
    line = text[: most + 1].replace("\n", " ↵ ")
    if len(text) <= most:
        return Cell(name, kind, line)
    return Cell(name, kind, line[:most] + "…", whole=False)


def _sortable(name: str) -> bool:
    return bool(name)


def _sort_key(text: str) -> tuple[str, int]:
    return text[2:], 1 if text[0] == "+" else -1


def _allowed_size(wanted: int) -> int:
    """The page size itself where it is allowed, else the next larger one, at most the largest; 0 is the default."""
    return next((size for size in SIZES if size >= wanted), SIZES[-1]) if wanted else DEFAULT_SIZE


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
