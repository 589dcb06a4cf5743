"""Sends the rows that a statement reads to its process, within the caps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

import engine
from features.sql.process import ProcessError, Refused, SqlProcess
from features.sql.running.first_rows import FirstRowsReader, OrderedSource
from features.sql.running.ordering import FirstRows
from features.sql.tables import Documents, LoadPlan, SqlTable, quoted

_TOO_MANY = "The statement reads tables with more than {} rows ({})."
_TOO_LARGE = "The statement reads more than {} bytes (SQL_MAX_READ_BYTES)."
_STEP = 500
_SENTINEL_BYTES = 16


@dataclass
class Loader:
    """The loading of one statement. `ids` has the ids of the documents of the table that it writes, by rowid.

    Of a table in `first` only its first rows are read.
    """

    process: SqlProcess
    source: OrderedSource
    target: SqlTable | None = None
    first: Mapping[str, FirstRows] = field(default_factory=dict)
    ids: dict[int, Any] = field(default_factory=dict)
    _documents: int = 0
    _bytes: int = 0

    def load(self, plans: Sequence[LoadPlan]) -> None:
        """Send the rows of the tables. Raises `Refused` past a cap."""
        sizes = {plan.table.name: self._size(plan) for plan in plans if plan.filter is None}
        counted = [plan for plan in plans if plan.only_counts]
        read = [plan for plan in plans if not plan.only_counts]
        _check(sum(sizes[plan.table.name] for plan in counted), setting="SQL_MAX_COUNTED")
        _check(sum(sizes[plan.table.name] for plan in read if plan.filter is None))
        for plan in counted:
            if size := sizes[plan.table.name]:
                self.process.send((plan.insert_empty, [(size,)]))
        for plan in read:
            self._send_all(plan)
        self.process.send(None)

    def load_keyed(self, plan: LoadPlan, keys: Sequence[Sequence[Any]], *, last: int) -> None:
        """Send the rows that have one of the keys, and one that makes the next rowid follow `last`."""
        for filter in _filters(plan.table, keys):
            try:
                self._send_all(LoadPlan(plan.table, plan.columns, filter=filter, adds=True))
            except engine.Invalid:  # no stored value is like that
                continue
        is_named = bool(plan.table.rowid_column) and last in keys[0]
        if plan.table.rowid_column and last > 0 and not is_named:
            self.process.send(_sentinel(plan.table, last))
        self.process.send(None)

    def _size(self, plan: LoadPlan) -> int:
        """Return how many rows of a table without conditions are needed."""
        first = self.first.get(plan.table.name)
        if first is not None and first.count <= settings.SQL_MAX_DOCUMENTS:
            return first.count
        return self.source.count(plan.table.name)

    def _send_all(self, plan: LoadPlan) -> None:
        for documents in self._batches(plan):
            self._bytes += self.process.send((plan.insert, plan.rows(documents)))
            if self._bytes > settings.SQL_MAX_READ_BYTES:
                raise Refused(_TOO_LARGE.format(settings.SQL_MAX_READ_BYTES))
            if plan.table is self.target:
                name = plan.table.rowid
                self.ids |= {item[name]: item["_id"] for item in documents if item.get(name) is not None}

    def _batches(self, plan: LoadPlan) -> Iterator[Documents]:
        """Yield documents. More may have been inserted after they were counted."""
        rest = settings.SQL_MAX_DOCUMENTS + 1
        for documents in self._matching(plan):
            self._documents += len(documents[:rest])
            _check(self._documents)
            yield documents[:rest]
            rest -= len(documents)
            if rest <= 0:
                break

    def _matching(self, plan: LoadPlan) -> Iterator[Documents]:
        first = self.first.get(plan.table.name)
        if first is None:
            return self.source.batches(plan.table.name, plan.paths, plan.filter)
        return FirstRowsReader(self.source, plan.table, plan.paths, plan.filter, first).batches()


def _check(size: int, *, setting: str = "SQL_MAX_DOCUMENTS") -> None:
    if size > getattr(settings, setting):
        raise Refused(_TOO_MANY.format(getattr(settings, setting), setting))


def _filters(table: SqlTable, keys: Sequence[Sequence[Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield filters of the rows with one of the values of a column. Raises `ProcessError` for what is no value."""
    names = table.as_job["keys"]
    if type(keys) is not list or len(keys) != len(names):
        raise ProcessError
    for name, values in zip(names, keys, strict=True):
        if type(values) is not list or any(type(value) not in (str, int, float) for value in values):
            raise ProcessError
        for start in range(0, len(values), _STEP):
            yield {table.key_path(name): {"$in": values[start : start + _STEP]}}


def _sentinel(table: SqlTable, rowid: int) -> tuple[str, list[tuple[Any, ...]]]:
    """Return the INSERT of a row of no document with the last rowid, whose other values are like no others."""
    names = [column.name for column in table.columns if not column.is_rowid_alias]
    columns = ", ".join(quoted(name) for name in (table.rowid_column or "", *names))
    places = ", ".join("?" * (len(names) + 1))
    row = (rowid, *(os.urandom(_SENTINEL_BYTES) for _ in names))
    return f"INSERT OR IGNORE INTO {quoted(table.name)} ({columns}) VALUES ({places})", [row]
