"""Takes the documents of a collection from one schema to another, or tells first what of them would not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from engine.actions import Action
from engine.reshaping import Reshaping
from engine.rewriting import UNCHANGED, pages, rewrite
from engine.values import as_python

if TYPE_CHECKING:
    from engine.collection import Collection

_EXAMPLES = 20
_NUMBERS_AT_ONCE = 100


@dataclass
class Report:
    """How many documents change, how many do not fit and stay as they are, and examples of these."""

    changed: int = 0
    unfit: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add_unfit(self, name: ObjectId, faults: list[tuple[str, str]]) -> None:
        self.unfit += 1
        if len(self.examples) < _EXAMPLES:
            self.examples += [{"_id": str(name), "field": path, "message": text} for path, text in faults[:5]]


@dataclass(frozen=True)
class Migration:
    """Of one collection, whose handle has the schema from before. Every method but `check` may be run again."""

    collection: Collection
    reshaping: Reshaping

    @property
    def size(self) -> int:
        """How many documents it will meet; needs DESIGN."""
        handle = self.collection
        handle.require(Action.DESIGN)
        if not self.reshaping.touches_documents:
            return 0
        return handle.store.count(handle.database, handle.spec.physical, {})

    def check(self, progress: Callable[[int], None]) -> Report:
        """What the migration would do; nothing is changed. `progress` hears how many documents were looked at."""
        report, seen = Report(), 0
        handle = self.collection
        handle.require(Action.DESIGN)
        walk = replace(self.reshaping, _seen={})
        for ids in pages(handle, handle.spec.physical, {}) if walk.touches_documents else ():
            for document in handle.parts({"$in": ids}, None):
                new, faults = walk.become(document, number=lambda _: 1)
                report.changed += new is not UNCHANGED and not faults
                if faults:
                    report.add_unfit(document["_id"], faults)
            seen += len(ids)
            progress(seen)
        return report

    def prepare(self) -> None:
        """Before the new schema holds: its unique indexes, and counters that begin behind what is there."""
        after = replace(self.collection, spec=replace(self.collection.spec, schema=self.reshaping.after))
        for name in self.reshaping.new_unique:
            after.indexes.make_unique(name)
        for name in set(self.reshaping.after.autonumbers) - set(self.reshaping.before.autonumbers):
            handle = self.collection
            handle.store.raise_counter(handle.database, handle.counters, name, self._largest(name))

    def run(self, progress: Callable[[int], None]) -> Report:
        """Once the new schema holds everywhere: changes the documents; what does not fit is left and reported."""
        report, seen = Report(), 0
        handle = self.collection
        for ids in pages(handle, handle.spec.physical, {}) if self.reshaping.touches_documents else ():
            step = _Step(self)
            report.changed += rewrite(handle, ids, step.decide).changed
            for name, faults in step.faults.items():
                report.add_unfit(name, faults)
            seen += len(ids)
            progress(seen)
        return report

    def finish(self) -> None:
        """Afterwards: removes the indexes of what is no longer unique."""
        after = replace(self.collection, spec=replace(self.collection.spec, schema=self.reshaping.after))
        for name in self.reshaping.old_unique:
            after.indexes.drop_unique(name)

    def _largest(self, name: str) -> int:
        """The largest whole number in a field that is to be numbered."""
        handle = self.collection
        stages = [
            {"$match": {name: {"$type": "number"}}},
            {"$sort": {name: -1}},
            {"$limit": 1},
            {"$project": {"n": f"${name}"}},
        ]
        found = handle.store.aggregate(handle.database, handle.spec.physical, stages)
        return max(0, int(as_python(found[0]["n"]))) if found else 0


class _Step:
    """One transaction's documents, which may be asked for more than once."""

    def __init__(self, migration: Migration) -> None:
        self.faults: dict[ObjectId, list[tuple[str, str]]] = {}
        self._collection = migration.collection
        self._walk = replace(migration.reshaping, _seen={})
        self._numbers: dict[str, list[int]] = {}

    def decide(self, name: ObjectId, current: dict[str, Any] | None) -> Any:
        if current is None:
            return UNCHANGED
        new, faults = self._walk.become(current, number=self._number)
        self.faults.pop(name, None)
        if faults:
            self.faults[name] = faults
            return UNCHANGED
        return new

    def _number(self, name: str) -> int:
        left = self._numbers.setdefault(name, [])
        if not left:
            handle = self._collection
            first = handle.store.reserve(handle.database, handle.counters, name, _NUMBERS_AT_ONCE)
            left += range(first + _NUMBERS_AT_ONCE - 1, first - 1, -1)
        return left.pop()
