"""The documents of a database as statements read and write them, through the engine's handles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import engine
from catalog.services.hidden_fields import ROWID
from engine import Action
from engine.encoding import dumps
from engine.query import Ids
from features.sql.running.changes import TableChanges
from features.sql.running.first_rows import BATCH_SIZE
from features.sql.running.ordering import FirstRows
from features.sql.tables import Documents

T = TypeVar("T")
_ACTIONS = {"insert": Action.INSERT, "update": Action.WRITE, "delete": Action.DELETE}
# So many rows of each set of values are updated at once; others one by one.
_WORTHWHILE = 10
_STEP = 1_000


@dataclass(frozen=True)
class DocumentSource:
    """Reads and writes documents for a caller. `open` returns a collection whose documents have their rowid.

    The collections in `bound` are opened already, those of a transaction.
    """

    open: Callable[[str], engine.Collection]
    bound: Mapping[str, engine.Collection] = field(default_factory=dict)

    @cached_property
    def _opened(self) -> dict[str, engine.Collection]:
        return {**self.bound}

    def _collection(self, table: str) -> engine.Collection:
        if table not in self._opened:
            self._opened[table] = self.open(table)
        return self._opened[table]

    def count(self, table: str) -> int:
        return self._collection(table).count()

    def batches(
        self,
        table: str,
        paths: Sequence[str],
        filter: Mapping[str, Any] | None = None,
        *,
        way: int = 1,
        size: int = BATCH_SIZE,
    ) -> Iterator[Documents]:
        query = engine.Query(filter or {}, fields=dict.fromkeys(paths, 1), sort=((ROWID, way),))
        return self._collection(table).each(query, size=size)

    def top(
        self, table: str, paths: Sequence[str], filter: Mapping[str, Any] | None, *, first: FirstRows
    ) -> Documents | None:
        query = engine.Query(
            filter or {},
            fields=dict.fromkeys(paths, 1),
            sort=((first.column.path, first.way),),
            limit=max(1, first.count),
        )
        try:
            return self._collection(table).top(query)
        except engine.TooLarge:  # more than a page
            return None

    def excludes_arrays(self, table: str, path: str) -> bool:
        return self._collection(table).excludes_arrays(path)

    def require(self, table: str, kinds: Collection[str]) -> None:
        for kind in sorted(kinds):
            self._collection(table).require(_ACTIONS[kind])

    def in_transaction(self, tables: Sequence[str], work: Callable[[DocumentSource], T]) -> T:
        opened = {table: self._collection(table) for table in tables}

        def run(first: engine.Collection) -> T:
            bound = {table: replace(collection, store=first.store) for table, collection in opened.items()}
            return work(replace(self, bound=bound))

        return opened[tables[0]].in_transaction(run)

    def reserve(self, table: str, count: int) -> int:
        return self._collection(table).reserve_numbers(ROWID, count)

    def apply(self, changes: TableChanges, ids: Mapping[int, Any]) -> None:
        collection = self._collection(changes.table.name)
        gone = [ids[rowid] for rowid in changes.deleted]
        for start in range(0, len(gone), _STEP):
            collection.delete(_of_ids(gone[start : start + _STEP]))
        _update(collection, {ids[rowid]: values for rowid, values in changes.updated.items()})
        new = [{**values, ROWID: rowid} for rowid, values in changes.inserted.items()]
        for start in range(0, len(new), _STEP):
            collection.insert(new[start : start + _STEP])


def _update(collection: engine.Collection, updated: Mapping[Any, Mapping[str, Any]]) -> None:
    """Set values, of documents that get the same ones together."""
    groups = defaultdict(list)
    for name, values in updated.items():
        groups[dumps(values)].append(name)
    single = []
    for names in groups.values():
        change = engine.Change(updated[names[0]], root=collection.spec.name)
        if len(names) < _WORTHWHILE:
            single += [(name, change) for name in names]
            continue
        for start in range(0, len(names), _STEP):
            collection.update(_of_ids(names[start : start + _STEP]), change)
    if single:
        collection.change_each(single)


def _of_ids(ids: Sequence[Any]) -> engine.Query:
    return engine.Query({"_id": {"$in": Ids(ids)}}, count=engine.Count.NONE)
