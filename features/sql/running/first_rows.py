"""Reads the rows that come first in an order, and all others of which MongoDB does not know their place in it.

MongoDB and SQLite order the same way what has the type of its column, or is null. Documents with values of other
types are read besides, wherever they are, and SQLite sorts what was read. Where one of them is among the first ones
of MongoDB, so that it is not known whether these suffice, everything is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from features.sql.running.conditions import Filter, both, native_kind, other_types, without_arrays
from features.sql.running.ordering import FirstRows
from features.sql.tables import Documents, SqlTable, TableSource

BATCH_SIZE = 1_000


class OrderedSource(TableSource, Protocol):
    """Reads documents in orders."""

    def batches(
        self,
        table: str,
        paths: Sequence[str],
        filter: Mapping[str, Any] | None = None,
        *,
        way: int = 1,
        size: int = BATCH_SIZE,
    ) -> Iterator[Documents]:
        """Yield all documents that match, by rowid: upwards, or with -1 downwards; at most `size` at once."""

    def top(
        self, table: str, paths: Sequence[str], filter: Mapping[str, Any] | None, *, first: FirstRows
    ) -> Documents | None:
        """Return the first documents by the column alone, of equal ones any; None where they are too many."""

    def excludes_arrays(self, table: str, path: str) -> bool:
        """Return whether no document has an array at a path, as far as is known."""


@dataclass
class FirstRowsReader:
    """Reads the first rows of a table, and of no document twice."""

    source: OrderedSource
    table: SqlTable
    paths: Sequence[str]
    filter: Mapping[str, Any] | None
    first: FirstRows
    _read: set[Any] = field(default_factory=set)

    def batches(self) -> Iterator[Documents]:
        """Yield the documents."""
        if self.first.is_by_rowid:
            yield from self._by_rowid()
            return
        top = self.source.top(self.table.name, self.paths, self.filter, first=self.first)
        if top is not None and len(top) < self.first.count:
            yield top
        elif top is None or not all(map(self.first.is_certain, top)):
            yield from self._matching(None)
        else:
            yield self._unread(top)
            yield from self._beside(top)

    def _by_rowid(self) -> Iterator[Documents]:
        """Yield documents until enough of them fulfil the conditions."""
        rest = self.first.count
        for documents in self.source.batches(self.table.name, self.paths, self.filter, way=self.first.way):
            for place, document in enumerate(documents):
                if rest <= 0:
                    yield documents[:place]
                    return
                rest -= self.first.fulfils(document)
            yield documents

    def _beside(self, top: Documents) -> Iterator[Documents]:
        """Yield the documents that are equal to the last one of the top, and those with values of other types."""
        path, rest = self.first.column.path, self.first.count
        last = top[-1].get(path) if top else None
        size = max(1, min(rest, BATCH_SIZE)) if self.first.is_whole else BATCH_SIZE
        for documents in self._matching({path: last}, size=size):
            yield documents
            if not all(map(self.first.is_certain, documents)):
                yield from self._matching(None)
                return
            rest -= len(documents)
            if rest <= 0 and self.first.is_whole:
                break
        yield from self._matching({"$or": _others(self.first, last)})

    def _matching(self, filter: Filter | None, *, size: int = BATCH_SIZE) -> Iterator[Documents]:
        """Yield the documents that match this filter too, and have not been read."""
        for documents in self.source.batches(self.table.name, self.paths, both(self.filter, filter), size=size):
            yield self._unread(documents)

    def _unread(self, documents: Documents) -> Documents:
        new = [document for document in documents if document["_id"] not in self._read]
        self._read |= {document["_id"] for document in new}
        return new


def _others(first: FirstRows, last: Any) -> list[Filter]:
    """Return the filters of values whose place SQLite alone knows; `last` is the last value before them."""
    path, kind = first.column.path, native_kind(first.column)
    filters: list[Filter] = [{path: {"$type": without_arrays(other_types(kind), first.has_arrays)}}]
    if kind == "number":
        filters.append({path: {"$eq": math.nan}})
    if kind == "number" and last is not None:  # decimals that become the same real number
        beside = math.nextafter(last, first.way * math.inf)
        filters.append({path: {"$gte": min(last, beside), "$lte": max(last, beside), "$type": "decimal"}})
    return filters
