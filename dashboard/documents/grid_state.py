"""State of the grid of documents in its address: filter, sort, columns and page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

import engine
from web.requests.body import json_text

SIZES = (25, 50, 100, 200)
DEFAULT_SIZE = 50
_MAX_BACK = 20
MAX_OFFSET = 2**31


@dataclass(frozen=True)
class GridState:
    """State of the grid. Every part is a query parameter, so that each view can be linked to.

    `back` are the cursors of previous pages, the nearest last, at most 20. Without a cursor a page begins at
    `offset`. `requested_size` is a requested page size that is not available, else 0.
    """

    filter: str = ""
    sort: tuple[tuple[str, int], ...] = ()
    columns: tuple[str, ...] = ()
    size: int = DEFAULT_SIZE
    cursor: str = ""
    back: tuple[str, ...] = ()
    offset: int = 0
    requested_size: int = 0

    @classmethod
    def of(cls, params: QueryDict) -> GridState:
        """Return the state of query parameters. Invalid ones are ignored, so that a shortened address works."""
        requested_size, offset, page_number = (
            _integer(params.get(name, "")) for name in ("size", "offset", "page")
        )
        size = _allowed_size(requested_size)
        offset = (page_number - 1) * size if page_number else offset
        return cls(
            filter=params.get("filter", "").strip(),
            sort=tuple(_sort_key(text) for text in params.getlist("sort") if text[:2] in ("+:", "-:")),
            columns=tuple(dict.fromkeys(params.getlist("column"))),
            size=size,
            requested_size=requested_size if requested_size not in (0, size) else 0,
            cursor="" if page_number else params.get("cursor", ""),
            back=tuple(params.getlist("back"))[-_MAX_BACK:],
            offset=min(offset, MAX_OFFSET),
        )

    def query(self) -> engine.Query:
        """Return the query of the page. Raises `Invalid`, which names `filter`."""
        return engine.Query(
            filter=self.conditions(),
            sort=self.sort,
            limit=self.size,
            skip=0 if self.cursor else self.offset,
            root="filter",
            cursor=self.cursor,
            count=engine.Count.NONE,
        )

    def conditions(self) -> dict[str, Any]:
        """Return the filter as an object. Raises `Invalid`, which names `filter`."""
        conditions = json_text("filter", self.filter) if self.filter else {}
        if type(conditions) is not dict:
            raise engine.Invalid.of_field("filter", 'A filter is a JSON object, such as {"rating": {"$gte": 4}}.')
        return conditions

    def pairs(self, *, exclude: Iterable[str] = ()) -> list[tuple[str, str]]:
        """Return the state as parameters of an address or hidden inputs of a form."""
        pairs = [("filter", self.filter)] if self.filter else []
        pairs += [("sort", f"{'+' if order == 1 else '-'}:{name}") for name, order in self.sort]
        pairs += [("column", name) for name in self.columns]
        pairs += [("size", str(self.size))] if self.size != DEFAULT_SIZE else []
        pairs += [("cursor", self.cursor)] if self.cursor else []
        pairs += [("back", text) for text in self.back]
        pairs += [("offset", str(self.offset))] if self.offset else []
        return [(name, value) for name, value in pairs if name not in exclude]

    def address(self, **changes: Any) -> str:
        """Return the query string of a changed state: the first page, unless `changes` has a position."""
        same_list = {"columns", "cursor", "back", "offset"} & changes.keys()
        first_page = {} if same_list else {"cursor": "", "back": (), "offset": 0}
        return "?" + urlencode(replace(self, **{**first_page, **changes}).pairs())

    def next_address(self, page: engine.Page) -> str:
        """Return the query string of the next page; empty on the last page."""
        if page.next is None:
            return ""
        back = (*self.back, self.cursor)[-_MAX_BACK:]
        return self.address(cursor=page.next, back=back, offset=self.offset + len(page.documents))

    def previous_address(self) -> str:
        """Return the query string of the previous page; empty on the first page."""
        if not self.cursor and not self.offset:
            return ""
        offset = max(self.offset - self.size, 0)
        if not self.back:
            return self.address(cursor="", offset=offset)
        return self.address(cursor=self.back[-1], back=self.back[:-1], offset=offset)

    def last_address(self, total: int) -> str:
        """Return the query string of the last page of `total` documents; empty on that page."""
        offset = min(max(total - 1, 0) // self.size * self.size, MAX_OFFSET)
        return self.address(cursor="", back=(), offset=offset) if offset > self.offset else ""

    @property
    def page(self) -> int:
        return self.offset // self.size + 1

    @property
    def size_notice(self) -> str:
        """A message for a page size that is not available, else an empty text."""
        if not self.requested_size:
            return ""
        sizes = ", ".join(str(size) for size in SIZES)
        return f"The page size {self.requested_size} is not available; {self.size} is used. Available: {sizes}."

    def sorted_by(self, name: str) -> int:
        return dict(self.sort).get(name, 0)

    def toggled(self, name: str) -> str:
        """Return the query string of the next sort order of a column: ascending, descending, none."""
        order = {0: 1, 1: -1, -1: 0}[self.sorted_by(name)]
        return self.address(sort=((name, order),) if order else ())


def _sort_key(text: str) -> tuple[str, int]:
    return text[2:], 1 if text[0] == "+" else -1


def _allowed_size(requested: int) -> int:
    """Return the next larger allowed page size, at most the largest; the default for 0."""
    return next((size for size in SIZES if size >= requested), SIZES[-1]) if requested else DEFAULT_SIZE


def _integer(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
