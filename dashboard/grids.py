"""The grid of documents: what its address says, its columns, and values as short text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

import engine
from api.parsing import json_text
from engine import Count

SIZES = (25, 50, 100, 200)
_SHOWN_COLUMNS = 12
_MOST_BACK = 20
_LONGEST_TEXT = 120
_LONGEST_NESTED = 60
_MOST_OFFSET = 2**31


@dataclass(frozen=True)
class View:
    """What one address shows: every part of it is a parameter, so that each view can be linked to.

    `back` are the cursors of the pages before, the nearest last; of a long way only the last are kept.
    """

    filter: str = ""
    sort: tuple[tuple[str, int], ...] = ()
    columns: tuple[str, ...] = ()
    size: int = 50
    cursor: str = ""
    back: tuple[str, ...] = ()
    offset: int = 0

    @classmethod
    def of(cls, given: QueryDict) -> View:
        """What is not understood is left out: an address that somebody shortened still shows something."""
        size, offset = (_whole(given.get(name, "")) for name in ("size", "offset"))
        return cls(
            filter=given.get("filter", "").strip(),
            sort=tuple(_sort_key(text) for text in given.getlist("sort") if text[:2] in ("+:", "-:")),
            columns=tuple(dict.fromkeys(given.getlist("column"))),
            size=size if size in SIZES else 50,
            cursor=given.get("cursor", ""),
            back=tuple(given.getlist("back"))[-_MOST_BACK:],
            offset=min(offset, _MOST_OFFSET),
        )

    def query(self) -> engine.Query:
        """Raises `Invalid`, naming `filter`."""
        return engine.Query(
            filter=self.conditions(),
            sort=self.sort,
            limit=self.size,
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
        found += [("size", str(self.size))] if self.size != 50 else []
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
        if not self.cursor:
            return ""
        if not self.back:
            return self.address()
        offset = max(self.offset - self.size, 0)
        return self.address(cursor=self.back[-1], back=self.back[:-1], offset=offset)

    def sorted_by(self, name: str) -> int:
        return dict(self.sort).get(name, 0)

    def toggled(self, name: str) -> str:
        """By this column up, then down, then not any more."""
        way = {0: 1, 1: -1, -1: 0}[self.sorted_by(name)]
        return self.address(sort=((name, way),) if way else ())


@dataclass(frozen=True)
class Column:
    """One column; `type` is what the schema declares, or empty."""

    name: str
    type: str = ""
    shown: bool = True
    sort: int = 0
    toggle: str = ""
    required: bool = False


@dataclass(frozen=True)
class Cell:
    """One value as short text; `kind` gives its look, `whole` says whether it was not cut."""

    name: str
    kind: str
    text: str
    whole: bool = True


@dataclass(frozen=True)
class Row:
    """One document: its id and version, a cell for each column."""

    id: str
    version: int
    cells: list[Cell] = field(default_factory=list)


def columns(schema: engine.Schema, documents: Sequence[Mapping[str, Any]], view: View) -> list[Column]:
    """Declared fields first, then what the documents of this page have besides, in the order of their coming."""
    names = dict.fromkeys(["_id", *(item.name for item in schema.fields)])
    for document in documents:
        names |= dict.fromkeys(name for name in document if name != "_sys")
    names |= dict.fromkeys(view.columns)
    shown = set(view.columns) or set([*names][:_SHOWN_COLUMNS])
    return [_column(name, schema, view, shown=name in shown) for name in names]


def _column(name: str, schema: engine.Schema, view: View, *, shown: bool) -> Column:
    declared = schema.by_name.get(name)
    return Column(
        name=name,
        type=declared.type if declared else "",
        shown=shown,
        sort=view.sorted_by(name),
        toggle=view.toggled(name) if _sortable(name) else "",
        required=bool(declared and declared.required),
    )


def row(document: Mapping[str, Any], names: Iterable[str]) -> Row:
    return Row(str(document["_id"]), document.get("_sys", {}).get("version", 0), cells(document, names))


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
            return Cell(name, "time", value.isoformat(sep=" ").removesuffix("+00:00").removesuffix("000"))
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


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
