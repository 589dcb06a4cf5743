"""Copies a collection, as it is or as it was at a moment, into a new one that nobody sees yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.actions import Action
from engine.archive import Archive
from engine.rewriting import pages
from engine.schema import SYSTEM

if TYPE_CHECKING:
    from engine.collection import Collection


@dataclass(frozen=True)
class Clone:
    """From one collection into another, whose handle may be of another database; documents keep their ids."""

    source: Collection
    target: Collection
    moment: datetime

    def run(self, progress: Callable[[int], None]) -> int:
        """How many documents were looked at; doing it again changes nothing that was copied before.

        Needs READ of the source. `progress` hears the number as it grows.
        """
        source, target = self.source, self.target
        source.require(Action.READ)
        target.require(Action.INSERT)
        seen = 0
        for documents in self._then():
            if documents:
                target.store.insert_again(target.database, target.spec.physical, documents)
            seen += len(documents)
            progress(seen)
        self._copy_indexes()
        self._copy_counters()
        return seen

    def _then(self) -> Iterator[list[dict[str, Any]]]:
        """What has not changed since the moment, and what those were that have; without a history, what there
        is.
        """
        source = self.source
        unchanged = {f"{SYSTEM}.updated": {"$lte": self.moment}} if source.spec.history else {}
        for ids in pages(source, source.spec.physical, unchanged):
            yield source.store.all(source.database, source.spec.physical, {"_id": {"$in": ids}, **unchanged})
        if not source.spec.history:
            return
        archive = Archive(source.store, source.database, source.spec.physical)
        over = {"from": {"$lte": self.moment}, "to": {"$gt": self.moment}}
        for ids in pages(source, archive.name, over, "doc"):
            yield [*archive.states_at(self.moment, ids).values()]

    def _copy_indexes(self) -> None:
        """Those that were made by hand; the schema's own are there."""
        target = self.target
        for index in self.source.indexes.all():
            if index.of_schema or index.name == "_id_":
                continue
            found = {
                "unique": index.unique or None,
                "partialFilterExpression": index.partial,
                "expireAfterSeconds": index.expires,
            }
            options = {"name": index.name} | {key: value for key, value in found.items() if value is not None}
            target.store.create_index(target.database, target.spec.physical, index.keys, options)

    def _copy_counters(self) -> None:
        source, target = self.source, self.target
        for counter in source.store.all(source.database, source.counters, {}):
            target.store.raise_counter(target.database, target.counters, counter["_id"], counter["last"])
