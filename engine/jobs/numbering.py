"""Numbers for documents that were stored before their collection had a field that the service numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.handles.collection import Collection
from engine.jobs.rewrite import pages


@dataclass(frozen=True)
class Numbering:
    """Gives the documents of a collection that have no number in a hidden field one, in the order of `_id`.

    A number is no change of its document: there is no new version. With a history there is no event either;
    without one, listeners get an update of each document.
    """

    collection: Collection
    field: str

    def run(self, progress: Callable[[int], None]) -> int:
        """Number the documents and return how many there were. Idempotent. `progress` gets the number so far."""
        collection, seen = self.collection, 0
        for ids in pages(collection, collection.spec.physical, {self.field: None}):
            first = collection.store.reserve(collection.database, collection.counters, self.field, len(ids))
            collection.store.set_missing(
                collection.database,
                collection.spec.physical,
                self.field,
                dict(zip(ids, range(first, first + len(ids)), strict=True)),
            )
            seen += len(ids)
            progress(seen)
        return seen
