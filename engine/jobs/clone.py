"""Copies of a collection, current or at a time, and of files."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.actions import Action
from engine.handles.collection import Collection
from engine.handles.database import Database
from engine.history.versions import Archive
from engine.indexes.definition import definition
from engine.jobs.rewrite import pages
from engine.schema.schema import SYSTEM
from engine.store import CHUNKS, FILES, ORIGINAL, Store


@dataclass(frozen=True)
class Clone:
    """Copies one collection into another, maybe of another database. Documents keep their ids."""

    source: Collection
    target: Collection
    timestamp: datetime

    def run(self, progress: Callable[[int], None]) -> int:
        """Copy, and return the number of items looked at. Idempotent. Needs READ of the source; `progress` gets the
        count.
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
        """Yield documents unchanged since the time, then the versions current then; without history, the current
        ones.
        """
        source = self.source
        unchanged = {f"{SYSTEM}.updated": {"$lte": self.timestamp}} if source.spec.history else {}
        for ids in pages(source, source.spec.physical, unchanged):
            yield source.store.all(source.database, source.spec.physical, {"_id": {"$in": ids}, **unchanged})
        if not source.spec.history:
            return
        archive = Archive.of(source)
        over = {"from": {"$lte": self.timestamp}, "to": {"$gt": self.timestamp}}
        for ids in pages(source, archive.name, over, "doc"):
            yield [*archive.states_at(self.timestamp, ids).values()]

    def _copy_indexes(self) -> None:
        """Create the indexes that callers made; those of the schema exist."""
        target = self.target
        for spec in self.source.indexes.specs():
            keys, options = definition(spec)
            target.store.create_index(target.database, target.spec.physical, keys, options)

    def _copy_counters(self) -> None:
        source, target = self.source, self.target
        for counter in source.store.all(source.database, source.counters, {}):
            target.store.raise_counter(target.database, target.counters, counter["_id"], counter["last"])


@dataclass(frozen=True)
class FileClone:
    """Copies the files of a database that existed at a time and still exist. They keep their ids."""

    source: Database
    into: Store
    target: str
    timestamp: datetime

    def weight(self) -> int:
        """Return the progress weight of a file: one for each 10,000 bytes begun."""
        return sum(map(_weight, self._groups()))

    def run(self, progress: Callable[[int], None]) -> int:
        """Copy, and return the number of items looked at. Idempotent. Needs READ of the source; `progress` gets the
        count.

        Needs READ of the source. `progress` hears the weight as it grows.
        """
        self.source.require(Action.READ)
        groups = self._groups()
        if groups:
            self._make_indexes()
        seen = 0
        for batch in _batches(groups):
            self._copy([item["_id"] for group in batch for item in group])
            seen += sum(map(_weight, batch))
            progress(seen)
        return len(groups)

    def _groups(self) -> list[_Variants]:
        """Return the variants of each file whose original existed."""
        names = dict.fromkeys(("length", "metadata.file", "metadata.variant", "metadata.at"), 1)
        files = self.source.store.all(self.source.physical, FILES, {}, fields=names)
        originals = {
            item["metadata"]["file"]
            for item in files
            if item["metadata"]["variant"] == ORIGINAL and item["metadata"]["at"] <= self.timestamp
        }
        groups: dict[str, _Variants] = {}
        for item in files:
            if item["metadata"]["file"] in originals:
                groups.setdefault(item["metadata"]["file"], []).append(item)
        return [*groups.values()]

    def _copy(self, keys: list[str]) -> None:
        """Copy contents first: a file deleted in the meantime has lost its entry, and gets none here."""
        self._copy_matching(CHUNKS, {"files_id": {"$in": keys}})
        self._copy_matching(FILES, {"_id": {"$in": keys}})
        existing = {
            item["_id"] for item in self.into.all(self.target, FILES, {"_id": {"$in": keys}}, fields={"_id": 1})
        }
        if gone := [key for key in keys if key not in existing]:
            self.into.delete_where(self.target, CHUNKS, {"files_id": {"$in": gone}})

    def _copy_matching(self, collection: str, filter: Mapping[str, Any]) -> None:
        """Copy inside MongoDB or, between two clusters, through this process."""
        store, source = self.source.store, self.source.physical
        if store.is_cluster_of(self.into):
            store.copy(source, collection, filter, into=self.target)
        elif documents := store.all(source, collection, filter):
            self.into.insert_again(self.target, collection, documents)

    def _make_indexes(self) -> None:
        """Create the indexes that GridFS creates with its first file."""
        store = self.into
        store.create_index(self.target, FILES, [("filename", 1), ("uploadDate", 1)], {})
        store.create_index(self.target, CHUNKS, [("files_id", 1), ("n", 1)], {"unique": True})


_Variants = list[dict[str, Any]]
_UNIT_BYTES = 10_000
_MAX_BATCH_FILES, _MAX_BATCH_BYTES = 100, 16 * 1024 * 1024


def _weight(variants: _Variants) -> int:
    units: int = sum(math.ceil(item["length"] / _UNIT_BYTES) for item in variants)
    return max(1, units)


def _batches(groups: list[_Variants]) -> Iterator[list[_Variants]]:
    batch: list[_Variants] = []
    size = 0
    for group in groups:
        length = sum(item["length"] for item in group)
        if batch and (len(batch) == _MAX_BATCH_FILES or size + length > _MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(group)
        size += length
    if batch:
        yield batch
