"""Takes a whole collection back to a moment: each document becomes what it was then, as a new version of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.handles.collection import Collection
from engine.history.versions import Archive
from engine.jobs.rewrite import UNCHANGED, Decide, Tally, content, dry_run, pages, rewrite
from engine.schema.schema import SYSTEM

Rewrite = Callable[["Collection", Sequence[ObjectId], Decide], Tally]


@dataclass(frozen=True)
class Restoration:
    """To what was at `timestamp`; what has changed after `began` is left alone.

    So it may be run again after a crash: what it has done is what has changed since. Documents that came to be
    after the moment go first, for what is unique among them may be wanted by those that come back.
    """

    collection: Collection
    timestamp: datetime
    began: datetime

    def require(self) -> None:
        """Raises `Forbidden`, or `Invalid` where the history does not reach back so far."""
        for action in (Action.READ, Action.INSERT, Action.WRITE, Action.DELETE):
            self.collection.require(action)
        self.collection.history.reach(self.timestamp)

    def run(self, progress: Callable[[int], None]) -> Tally:
        """`progress` hears how many documents have been looked at."""
        return self._all(rewrite, progress)

    def rehearse(self, progress: Callable[[int], None]) -> Tally:
        """What `run` would do now; nothing is changed."""
        return self._all(dry_run, progress)

    def _all(self, do: Rewrite, progress: Callable[[int], None]) -> Tally:
        total, seen = Tally(), 0
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
            if then is None or self._is_left(current) or (current and content(then) == content(current)):
                return UNCHANGED
            return then

        return decide

    def _back_again(self, states: Mapping[ObjectId, Any]) -> Decide:
        def decide(name: ObjectId, current: dict[str, Any] | None) -> Any:
            return states.get(name, UNCHANGED) if current is None else UNCHANGED

        return decide

    def _is_left(self, current: dict[str, Any] | None) -> bool:
        """Whether it is not, or no longer, what the moment is to be brought back over."""
        return current is not None and not self.timestamp < current[SYSTEM]["updated"] <= self.began

    @property
    def _archive(self) -> Archive:
        return Archive.of(self.collection)
