"""Migration of the documents of a collection from one schema to another, or a check of what would not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.encoding.json import dumps, plain
from engine.errors import Conflict, PathErrors
from engine.handles.collection import Collection
from engine.jobs.idle_indexes import refuse_idle_indexes
from engine.jobs.index_migration import IndexMigration, index_migration
from engine.jobs.rewrite import UNCHANGED, pages, rewrite
from engine.jobs.schema_change import SchemaChange
from engine.schema.types import as_python

_EXAMPLES = 20
_REASONS = 20
_VALUES_OF_A_REASON = 5
_SHOWN_CHARACTERS = 200
_NUMBER_BATCH_SIZE = 100


_GUARD_STAYS = "Documents without the field came in during the change; the index covers only those that have it."


@dataclass
class Report:
    """The numbers of documents that change and that do not fit, and why.

    `examples` are the first errors with the values that caused them. `reasons` counts the documents by equal error.
    `indexes` names the indexes that follow a renamed field or go with a dropped one.
    """

    changed: int = 0
    unfit: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    indexes: list[dict[str, Any]] = field(default_factory=list)

    def add_unfit(self, document: Mapping[str, Any], errors: PathErrors) -> None:
        self.unfit += 1
        for path, text in errors[:5]:
            error = {"field": path, "message": str(text)}
            value = _excerpt(_at(document, path))
            if len(self.examples) < _EXAMPLES:
                self.examples.append({"_id": str(document["_id"]), **error, "value": value})
            self._count(error, value)

    def _count(self, error: dict[str, str], value: Any) -> None:
        reason = next((item for item in self.reasons if error.items() <= item.items()), None)
        if reason is None:
            if len(self.reasons) == _REASONS:
                return
            reason = {**error, "count": 0, "values": []}
            self.reasons.append(reason)
        reason["count"] += 1
        if len(reason["values"]) < _VALUES_OF_A_REASON and dumps(value) not in map(dumps, reason["values"]):
            reason["values"].append(value)


def _at(document: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, or None."""
    value: Any = document if path else None
    for name in path.split("."):
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _excerpt(value: Any) -> Any:
    """Return a value as the API shows it, shortened, with arrays and objects as JSON text and without NUL."""
    json = plain(value)
    text = dumps(json).decode() if isinstance(json, dict | list) else json
    if not isinstance(text, str):
        return text
    text = text.replace("\0", "\ufffd")
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


@dataclass(frozen=True)
class Migration:
    """Migration of one collection, whose handle has the old schema. Every method but `check` may be run again."""

    collection: Collection
    change: SchemaChange

    @property
    def size(self) -> int:
        """Number of documents to visit. Needs DESIGN."""
        handle = self.collection
        handle.require(Action.DESIGN)
        if not self.change.touches_documents:
            return 0
        return handle.store.count(handle.database, handle.spec.physical, {})

    def check(self, progress: Callable[[int], None]) -> Report:
        """Return what the migration would do; nothing is changed. `progress` gets the number of documents
        visited. Raises `Conflict` for an index that would lose its effect.
        """
        refuse_idle_indexes(self.collection, self.change)
        report, seen = Report(indexes=[change.as_dict() for change in self.indexes().changes]), 0
        handle = self.collection
        handle.require(Action.DESIGN)
        walk = replace(self.change, _seen={})
        for ids in pages(handle, handle.spec.physical, {}) if walk.touches_documents else ():
            for document in handle.project({"$in": ids}, None):
                new, errors = walk.convert(document, number=lambda _: 1, limits=handle.store.limits)
                report.changed += new is not UNCHANGED and not errors
                if errors:
                    report.add_unfit(_presented(handle, document), errors)
            seen += len(ids)
            progress(seen)
        return report

    def indexes(self, plan: str | None = None) -> IndexMigration:
        """Return the index changes, as of now or as recorded in `plan` before they began."""
        if plan is None:
            return index_migration(self.collection, self.change.steps)
        return IndexMigration.read(self.collection, plan)

    def prepare(self, indexes: IndexMigration) -> None:
        """Create the new schema's unique indexes, and counters that start after existing numbers, before it
        holds.
        """
        after = replace(self.collection, spec=replace(self.collection.spec, schema=self.change.after))
        for name in self.change.new_unique:
            after.indexes.make_unique(name)
        indexes.prepare()
        for name in set(self.change.after.autonumbers) - set(self.change.before.autonumbers):
            handle = self.collection
            handle.store.raise_counter(handle.database, handle.counters, name, self._last_number(name))

    def undo(self, indexes: IndexMigration) -> None:
        """Take back what `prepare` did, where the new schema is not to hold after all."""
        for name in self.change.new_unique:
            self.collection.indexes.drop_unique(name)
        indexes.undo()

    def run(self, progress: Callable[[int], None]) -> Report:
        """Migrate the documents once the new schema holds everywhere. What does not fit is left and reported."""
        report, seen = Report(), 0
        handle = self.collection
        for ids in pages(handle, handle.spec.physical, {}) if self.change.touches_documents else ():
            try:
                self._step(ids, report)
            except Conflict:
                for name in ids:
                    self._step_alone(name, report)
            seen += len(ids)
            progress(seen)
        return report

    def _step(self, ids: Sequence[ObjectId], report: Report) -> None:
        step = _Step(self)
        report.changed += rewrite(self.collection, ids, step.decide).changed
        for document, errors in step.unfit.values():
            report.add_unfit(_presented(self.collection, document), errors)

    def _step_alone(self, name: ObjectId, report: Report) -> None:
        """Migrate one document, or report it where another one has its unique values by now."""
        try:
            self._step([name], report)
        except Conflict as error:
            document = self.collection.stored(name) or {"_id": name}
            report.add_unfit(
                document, [(item.field, item.message) for item in error.errors] or [("", error.message)]
            )

    def finish(self, indexes: IndexMigration, report: Report) -> None:
        """Create the final indexes and drop those of fields that are no longer unique."""
        after = replace(self.collection, spec=replace(self.collection.spec, schema=self.change.after))
        for name in self.change.old_unique:
            after.indexes.drop_unique(name)
        guards = indexes.finish()
        report.indexes = [change.as_dict() for change in indexes.changes]
        report.indexes += [{"name": name, "new_name": name, "message": _GUARD_STAYS} for name in guards]

    def _last_number(self, name: str) -> int:
        """Return the last autonumber of a field, also under the name from which it is renamed."""
        handle, largest = self.collection, self._largest(name)
        for old in self.change.names_before(name):
            counter = handle.store.all(handle.database, handle.counters, {"_id": old})
            largest = max(largest, self._largest(old), *(int(item["last"]) for item in counter))
        return largest

    def _largest(self, name: str) -> int:
        """Return the largest whole number in a field that is to be an autonumber."""
        handle = self.collection
        stages: list[dict[str, Any]] = [
            {"$match": {name: {"$type": "number"}}},
            {"$sort": {name: -1}},
            {"$limit": 1},
            {"$project": {"n": f"${name}"}},
        ]
        documents = handle.store.aggregate(handle.database, handle.spec.physical, stages)
        return max(0, int(as_python(documents[0]["n"]))) if documents else 0


def _presented(handle: Collection, document: dict[str, Any]) -> dict[str, Any]:
    return handle.spec.schema.present([{**document}])[0]


class _Step:
    """The documents of one transaction, which may be retried."""

    def __init__(self, migration: Migration) -> None:
        self.unfit: dict[ObjectId, tuple[dict[str, Any], PathErrors]] = {}
        self._collection = migration.collection
        self._change = migration.change
        self._decided: set[ObjectId] = set()
        self._numbers: dict[str, list[int]] = {}

    def decide(self, name: ObjectId, current: dict[str, Any] | None) -> Any:
        if name in self._decided or not self._decided:
            # An attempt begins; the unique values seen in an earlier one are those of the same documents.
            self._decided, self._change = set(), replace(self._change, _seen={})
        self._decided.add(name)
        if current is None:
            return UNCHANGED
        new, errors = self._change.convert(current, number=self._number, limits=self._collection.store.limits)
        self.unfit.pop(name, None)
        if errors:
            self.unfit[name] = (current, errors)
            return UNCHANGED
        return new

    def _number(self, name: str) -> int:
        left = self._numbers.setdefault(name, [])
        if not left:
            handle = self._collection
            first = handle.store.reserve(handle.database, handle.counters, name, _NUMBER_BATCH_SIZE)
            left += range(first + _NUMBER_BATCH_SIZE - 1, first - 1, -1)
        return left.pop()
