"""Restore of a whole collection to a time: each document becomes what it was then, as a new version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.handles.collection import Collection
from engine.history.versions import Archive
from engine.jobs.rewrite import UNCHANGED, Decide, RewriteCounts, content, dry_run, pages, rewrite
from engine.schema.schema import SYSTEM

Rewrite = Callable[["Collection", Sequence[ObjectId], Decide], RewriteCounts]


@dataclass(frozen=True)
class Restoration:
    """Restores a collection to `timestamp`. Changes after `began` are kept.

    It may be run again after a crash: what it has restored counts as changed since. Documents created after the
    time are deleted first, because restored ones may need their unique values.
    """

    collection: Collection
    timestamp: datetime
    began: datetime

    def require(self) -> None:
        """Raise `Forbidden`, or `Invalid` where the history does not reach back far enough."""
        for action in (Action.READ, Action.INSERT, Action.WRITE, Action.DELETE):
            self.collection.require(action)
        self.collection.history.reach(self.timestamp)

    def run(self, progress: Callable[[int], None]) -> RewriteCounts:
        """Restore the collection. `progress` gets the number of documents visited."""
        return self._all(rewrite, progress)

    def dry_run(self, progress: Callable[[int], None]) -> RewriteCounts:
        """Return what `run` would do; nothing is changed."""
        return self._all(dry_run, progress)

    def _all(self, do: Rewrite, progress: Callable[[int], None]) -> RewriteCounts:
        total, seen = RewriteCounts(), 0
        for ids, deciding in self._steps():
            states = self._archive.states_at(self.timestamp, ids)
            total += do(self.collection, ids, deciding(states))
            seen += len(ids)
            progress(seen)
        return total

    def _steps(self) -> Iterator[tuple[list[ObjectId], Callable[[Mapping[ObjectId, Any]], Decide]]]:
        handle = self.collection
        since = {f"{SYSTEM}.updated": {"$gt": self.timestamp}}
        for deciding in (self._without_newer, self._as_they_were):
            for ids in pages(handle, handle.spec.physical, since, "_id"):
                yield ids, deciding
        deleted = {"to": {"$gt": self.timestamp}, "op": "delete"}
        for ids in pages(handle, self._archive.name, deleted, "doc"):
            yield ids, self._back_again

    def _without_newer(self, states: Mapping[ObjectId, Any]) -> Decide:
        def decide(name: ObjectId, current: dict[str, Any] | None) -> Any:
            return UNCHANGED if name in states or self._is_left(current) else None

        return decide

    def _as_they_were(self, states: Mapping[ObjectId, Any]) -> Decide:
        def decide(name: ObjectId, current: dict[str, Any] | None) -> Any:
            then = states.get(name)
            if then is None or self._is_left(current):
                return UNCHANGED
            then = self.collection.with_numbers(then, current)
            return UNCHANGED if current and content(then) == content(current) else then

        return decide

    def _back_again(self, states: Mapping[ObjectId, Any]) -> Decide:
        def decide(name: ObjectId, current: dict[str, Any] | None) -> Any:
            if current is not None or name not in states:
                return UNCHANGED
            return self.collection.with_numbers(states[name], None)

        return decide

    def _is_left(self, current: dict[str, Any] | None) -> bool:
        """Return whether a document changed before the time or after the restore began, and is left alone."""
        return current is not None and not self.timestamp < current[SYSTEM]["updated"] <= self.began

    @property
    def _archive(self) -> Archive:
        return Archive.of(self.collection)
