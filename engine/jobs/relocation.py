"""The copy of a database on another cluster, which follows the database while it is used."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import bson

from engine.errors import Conflict, Unavailable
from engine.events.event import Token
from engine.store import Changes, Store, batches_of, key_of, unfenced

_BATCH_SIZE = 2_000
_REFRESHED = 500
_MAX_HASHED = 50_000
_ATTEMPTS = 10
_TICK_SECONDS, _TICKS = 0.1, 50
_NOT_OF_A_DEFINITION = ("v", "ns", "background")
_DIFFERS = "The copy of {} differs from the original, although it was copied {} times."


@dataclass
class CopyCounts:
    """What was copied: documents of the first pass, and changes that were made in the meantime."""

    documents: int = 0
    changes: int = 0


@dataclass
class Relocation:
    """A database, and its copy of the same name on another cluster.

    `each` is called before each step of at most a few seconds; it raises where the work is to be given up.
    A change is copied as the present state of its document, so that changes may be read again and in any number.
    """

    source: Store
    target: Store
    database: str
    each: Callable[[], None]
    counts: CopyCounts = field(default_factory=CopyCounts)
    _collections: set[str] = field(default_factory=set)
    _expiring: set[str] = field(default_factory=set)

    def copy(self, changes: Changes, progress: Callable[[int, str], None]) -> None:
        """Copy all documents, and what changes in the meantime. `changes` were opened before the call.

        `progress` gets the number of documents of each batch, and the name of their collection.
        """
        self.copy_structure()
        for name in sorted(self._collections):
            for _, raw in self.source.dump(self.database, name):
                displaced: list[Any] = []
                for documents in batches_of(raw, _BATCH_SIZE):
                    self.each()
                    displaced += self.target.put(self.database, name, documents, are_new=True)
                    self._compare(name, {key_of(item["_id"]): item for item in documents}, displaced)
                    self.counts.documents += len(documents)
                    progress(len(documents), name)
                # Not before all of a batch is stored: it may be older than what is read now.
                self._refresh(name, displaced)
                self.catch_up(changes)

    def catch_up(self, changes: Changes) -> float:
        """Copy what has changed before this call, and return for how many seconds this took."""
        began, end = time.monotonic(), self.source.operation_time()
        while changes.reached < end:
            self.each()
            changed = changes.take()
            for name, ids in changed.items():
                if name not in self._collections:
                    self.copy_structure()
                if name in self._collections:  # else it has been dropped
                    self._refresh(name, ids)
            self.counts.changes += sum(map(len, changed.values()))
        return time.monotonic() - began

    def finish(self, changes: Changes) -> None:
        """Copy the last changes of a database that is fenced, and compare the copy. Raises `Conflict`.

        Deletions may still arrive; they are copied before the copy is compared again.
        """
        for _ in range(_ATTEMPTS):
            self.catch_up(changes)
            self.copy_structure(complete=True)
            differing = self._first_difference()
            if differing is None:
                return
        raise Conflict(_DIFFERS.format(differing, _ATTEMPTS))

    def copy_late(self, changes: Changes) -> int:
        """Copy what the fence has let pass, and return the number of documents: deletions, and all documents of
        collections that did not exist. Documents that MongoDB deletes by their age are left to the copy.
        """
        count = 0
        while changed := changes.take():
            self.each()
            for name, ids in changed.items():
                if name not in self._expiring:
                    present = self.source.stored(self.database, name, ids)
                    gone = [item for item in ids if key_of(item) not in present]
                    new = [] if name in self._collections else [*present.values()]
                    self.target.put(self.database, name, new, gone=gone)
                    count += len(gone) + len(new)
        return count

    def positions(self, changes: Changes) -> tuple[Token, Token]:
        """Return the token of the last change here, and that from which the copy's changes are read.

        The second one is later than every token of the source, as the clocks of both agree to about a second.
        """
        end, left = self.source.operation_time(), changes.last
        for _ in range(_TICKS):
            since = self.target.operation_time()
            if since > end:
                return Token.after(changes.reached) if left is None else Token.of(left), Token.after(since)
            time.sleep(_TICK_SECONDS)
            self.target.check_writes(f"{self.database[:50]}_clock")
        raise Unavailable("The clocks of the two clusters differ: correct them, and move the database again.")

    # --- documents --------------------------------------------------------------------------------

    def _refresh(self, name: str, ids: Sequence[Any]) -> None:
        """Copy the present state of documents, and of those that had to make room for them."""
        waiting = [*ids]
        while waiting:
            self.each()
            batch, waiting = waiting[:_REFRESHED], waiting[_REFRESHED:]
            present = self.source.stored(self.database, name, batch)
            gone = [item for item in batch if key_of(item) not in present]
            displaced = self.target.put(self.database, name, [*present.values()], gone=gone)
            self._compare(name, present, displaced)
            waiting += displaced

    def _compare(self, name: str, documents: Mapping[bytes, Any], displaced: Sequence[Any]) -> None:
        """Read documents back, and raise `Conflict` unless they are stored as they were read."""
        stored = self.target.stored(self.database, name, [item["_id"] for item in documents.values()])
        excepted = {key_of(item) for item in displaced}
        for key, document in documents.items():
            copied = stored.get(key)
            if key not in excepted and (copied is None or copied.raw != document.raw):
                raise Conflict(_DIFFERS.format(name, 1))

    def _first_difference(self) -> str | None:
        """Return a collection that differs from its copy: by its count and, where they are few, all documents."""
        for name in sorted(self._collections - self._expiring):
            self.each()
            counts = {store.size(self.database, name)["documents"] for store in (self.source, self.target)}
            if len(counts) > 1 or (
                max(counts) <= _MAX_HASHED and self._digest(self.source, name) != self._digest(self.target, name)
            ):
                return name
        return None

    def _digest(self, store: Store, name: str) -> str:
        digest = hashlib.sha256()
        for _, raw in store.dump(self.database, name):
            self.each()
            digest.update(raw)
        return digest.hexdigest()

    # --- collections and indexes ------------------------------------------------------------------

    def know_structure(self) -> None:
        """Learn which collections were copied, and which of the original expire documents; changes nothing."""
        self._collections = {name for name, _ in self.target.layouts(self.database)}
        original = _structure(self.source, self.database)
        self._expiring = {name for name, layout in original.items() if layout.expiring}

    def copy_structure(self, *, complete: bool = False) -> None:
        """Let the copy have the collections and indexes of the original; those that expire documents if `complete`.

        Before, documents would expire in the copy and not in the original.
        """
        original, copied = _structure(self.source, self.database), _structure(self.target, self.database)
        self._expiring = {name for name, layout in original.items() if layout.expiring}
        for name in copied.keys() - original.keys():
            self.target.drop_collection(self.database, name)
        for name, layout in original.items():
            self.each()
            indexes = layout.indexes if complete else layout.lasting
            if name not in copied:
                parts = {"options": layout.options, "indexes": [*indexes.values()]}
                self.target.make_again(self.database, name, bson.encode(parts))
                continue
            present = copied[name].indexes
            self.target.rewrite_layout(
                self.database,
                name,
                indexes=[item for key, item in indexes.items() if present.get(key) != item],
                dropped=[key for key, item in present.items() if indexes.get(key) != item],
            )
        self._collections = {*original}


@dataclass(frozen=True)
class _CollectionLayout:
    options: Mapping[str, Any]
    indexes: Mapping[str, Mapping[str, Any]]  # by name, without that of `_id`

    @property
    def lasting(self) -> dict[str, Mapping[str, Any]]:
        return {name: index for name, index in self.indexes.items() if "expireAfterSeconds" not in index}

    @property
    def expiring(self) -> bool:
        return len(self.lasting) < len(self.indexes)


def _structure(store: Store, database: str) -> dict[str, _CollectionLayout]:
    return {name: _layout(bson.decode(layout)) for name, layout in store.layouts(database)}


def _layout(parts: Mapping[str, Any]) -> _CollectionLayout:
    validator = unfenced(parts["options"].get("validator"))
    others = {name: value for name, value in parts["options"].items() if name != "validator"}
    indexes = {
        index["name"]: {name: value for name, value in index.items() if name not in _NOT_OF_A_DEFINITION}
        for index in parts["indexes"]
        if index["name"] != "_id_"
    }
    return _CollectionLayout({**others, **({"validator": validator} if validator else {})}, indexes)
