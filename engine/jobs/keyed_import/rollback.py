"""Takes back what an import with a key has changed, from its last batch to its first.

Documents that it inserted are removed, those that it changed get their earlier content as a new version. A document
that others have changed since stays as it is. Needs the history of the collection.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bson import ObjectId

from engine.context.context import Context
from engine.errors import Conflict
from engine.history.versions import Archive
from engine.jobs.rewrite import Decision, content, write_decisions
from engine.schema.schema import SYSTEM

# The collection of the tenant's database that has the ledgers of imports.
RECORDS = "_imports"
_MAX_EXAMPLES = 20
_States = Mapping[tuple[ObjectId, int], dict[str, Any]]


@dataclass(frozen=True)
class RollbackCounts:
    """Documents that were removed, changed back, and left because others have changed them since.

    `left_ids` are the first of the last.
    """

    removed: int = 0
    restored: int = 0
    left: int = 0
    left_ids: list[ObjectId] = field(default_factory=list)

    def __add__(self, other: RollbackCounts) -> RollbackCounts:
        return RollbackCounts(
            self.removed + other.removed,
            self.restored + other.restored,
            self.left + other.left,
            [*self.left_ids, *other.left_ids][:_MAX_EXAMPLES],
        )


@dataclass(frozen=True)
class Rollback:
    """The rollback of one import. It may be run again after a crash: each batch is taken back once."""

    context: Context
    id: str

    def run(self) -> RollbackCounts:
        """Take back all batches, and return the counts of this run and of earlier ones."""
        Archive.of(self.context).create()
        while (part := self._last_part()) is not None:
            names = [*part["ids"], *(item["id"] for item in part["changed"])]
            try:
                self._take_back(part["_id"], names, delete_first=False)
            except Conflict:
                self._take_back_each(part["_id"], names)
        return self._counts(self.context)

    def _last_part(self) -> dict[str, Any] | None:
        filter, latest = {"import": self.id}, [("rows", -1)]
        names = (self.context.database, RECORDS, filter)
        parts = self.context.store.find(*names, sort=latest, fields=None, skip=0, limit=1)
        return parts[0] if parts else None

    def _take_back_each(self, part: str, names: Collection[ObjectId]) -> None:
        """Take documents back that clash when they are written together, first as such, else one by one."""
        try:
            self._take_back(part, names, delete_first=True)
        except Conflict:
            for name in names:
                try:
                    self._take_back(part, [name], delete_first=True)
                except Conflict:
                    self._take_back(part, [name], delete_first=True, leave=True)

    def _take_back(
        self, part: str, names: Collection[ObjectId], *, delete_first: bool, leave: bool = False
    ) -> None:
        """Take these documents of a batch back in one transaction, and remove them from its record.

        With `leave` they only count as left.
        """

        def work(bound: Context) -> None:
            records = bound.store.all(bound.database, RECORDS, {"_id": part})
            if not records:
                return
            batch = _Batch(bound, records[0], names)
            counts = RollbackCounts(left=len(names), left_ids=[*names]) if leave else batch.take_back(delete_first)
            self._record(bound, records[0], names, counts)

        self.context.in_transaction(work)

    def _record(
        self, bound: Context, part: Mapping[str, Any], names: Collection[ObjectId], counts: RollbackCounts
    ) -> None:
        ids = [name for name in part["ids"] if name not in names]
        changed = [item for item in part["changed"] if item["id"] not in names]
        if ids or changed:
            bound.store.replace(bound.database, RECORDS, {**part, "ids": ids, "changed": changed})
        else:
            bound.store.write_each(bound.database, RECORDS, puts=[], gone=[part["_id"]], delete_first=False)
        total = self._counts(bound) + counts
        # No row of the file counts as done any more, so that a worker that is late adds nothing.
        bound.store.replace(
            bound.database, RECORDS, {"_id": self.id, "rows": 0, "rollback": asdict(total), "at": part["at"]}
        )

    def _counts(self, context: Context) -> RollbackCounts:
        records = context.store.all(context.database, RECORDS, {"_id": self.id})
        return RollbackCounts(**records[0].get("rollback", {})) if records else RollbackCounts()


class _Batch:
    """Documents of one batch in the open transaction."""

    def __init__(self, bound: Context, part: Mapping[str, Any], names: Collection[ObjectId]) -> None:
        self._bound, self._archive = bound, Archive.of(bound)
        self._inserted = {name for name in part["ids"] if name in names}
        self._versions = {item["id"]: item["version"] for item in part["changed"] if item["id"] in names}
        self._current = {item["_id"]: item for item in bound.project({"$in": [*names]}, None)}
        self._states = self._read_states()

    def take_back(self, delete_first: bool) -> RollbackCounts:
        removed = [name for name in self._current if name in self._inserted and self._is_as_left(name, 1)]
        restored = [
            Decision(name, self._current[name], self._bound.with_numbers(state, self._current[name]))
            for name, version in self._versions.items()
            if (state := self._states.get((name, version - 1))) and self._is_as_left(name, version)
        ]
        write_decisions(self._bound, restored, delete_first=delete_first)
        self._remove(removed)
        done = {*removed, *(item.id for item in restored)}
        others = [name for name in self._current if name not in done]
        return RollbackCounts(len(removed), len(restored), len(others), others[:_MAX_EXAMPLES])

    def _is_as_left(self, name: ObjectId, version: int) -> bool:
        """Return whether a document has the content that the batch gave it, in `version`."""
        current = self._current.get(name)
        if current is None or current[SYSTEM]["version"] == version:
            return current is not None
        state = self._states.get((name, version))
        return state is not None and content(current) == content(state)

    def _read_states(self) -> _States:
        """Return the superseded versions before and after the batch, by document and number."""
        numbers = {1, *self._versions.values(), *(version - 1 for version in self._versions.values())}
        filter = {"doc": {"$in": [*self._current]}, "version": {"$in": [*numbers]}}
        versions = self._bound.store.all(self._bound.database, self._archive.name, filter)
        return {(item["doc"], item["version"]): item["state"] for item in versions}

    def _remove(self, names: Collection[ObjectId]) -> None:
        """Delete documents with their versions, as if they had never been inserted."""
        store, database = self._bound.store, self._bound.database
        versions = store.all(database, self._archive.name, {"doc": {"$in": [*names]}}, fields={"_id": 1})
        for collection, ids in (
            (self._bound.spec.physical, [*names]),
            (self._archive.name, [item["_id"] for item in versions]),
        ):
            store.write_each(database, collection, puts=[], gone=ids, delete_first=False)
