"""Move the indexes of a collection along when its fields are renamed or dropped.

A unique index cannot follow in one step: half of the documents lack the new name, the other half the old one, and
absent values clash. Until all documents are rewritten, two partial unique indexes take its place: one covers the
documents with the old names, one those with the new names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bson import json_util

from engine.errors import Conflict
from engine.handles.collection import Collection
from engine.indexes.definition import Keys, NewIndex, collation_of, definition
from engine.jobs.schema_change import Drop, Rename, Step

_JSON = json_util.JSONOptions(json_mode=json_util.JSONMode.CANONICAL, tz_aware=False, tzinfo=None)


@dataclass(frozen=True)
class Definition:
    """The definition of an index for MongoDB; `options` includes the name."""

    keys: Keys
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        name: str = self.options["name"]
        return name

    @property
    def unique(self) -> bool:
        return bool(self.options.get("unique"))

    @property
    def paths(self) -> list[str]:
        """Every path in the keys and in the partial filter."""
        conditions = filter_conditions(self.options.get("partialFilterExpression", {}))
        return [*(path for path, _ in self.keys), *(path for path, _ in conditions)]

    def limited_to(self, paths: Sequence[str], *, name: str) -> Definition:
        """Return the same index limited to documents that have every one of the paths."""
        present = [{path: {"$exists": True}} for path in paths]
        partial = self.options.get("partialFilterExpression")
        every = [partial, *present] if partial else present
        return Definition(self.keys, {**self.options, "name": name, "partialFilterExpression": {"$and": every}})


@dataclass(frozen=True)
class IndexChange:
    """One index before and after; `after` is None where a dropped field removes the index."""

    before: Definition
    after: Definition | None

    @property
    def guards(self) -> list[Definition]:
        """Partial unique indexes that hold while documents are rewritten: old names, then new names."""
        if self.after is None or not self.before.unique:
            return []
        pairs = zip(self.before.keys, self.after.keys, strict=True)
        renamed = [(old[0], new[0]) for old, new in pairs if old != new]
        guarded = renamed or [(self.before.keys[0][0], self.after.keys[0][0])]
        return [
            self.before.limited_to([old for old, _ in guarded], name=f"{self.before.name}.before"),
            self.after.limited_to([new for _, new in guarded], name=f"{self.before.name}.after"),
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of the report of a schema change."""
        return {"name": self.before.name, "new_name": self.after.name if self.after else None}


@dataclass(frozen=True)
class IndexMigration:
    """The index changes of one schema change. Every method may be run again after a crash."""

    collection: Collection
    changes: Sequence[IndexChange]

    def as_text(self) -> str:
        """Return the changes as extended JSON, for a job's plan. `read` is the inverse."""
        changes = [
            [side and {"keys": [*side.keys], "options": side.options} for side in (change.before, change.after)]
            for change in self.changes
        ]
        return json_util.dumps(changes, json_options=_JSON)

    @classmethod
    def read(cls, collection: Collection, text: str) -> IndexMigration:
        sides = json_util.loads(text, json_options=_JSON)
        return cls(collection, [IndexChange(_definition(old), new and _definition(new)) for old, new in sides])

    def prepare(self) -> None:
        """Build the guards and what can be built beside the old indexes, then remove the old unique ones.

        Raises `Conflict` with examples where documents have the same values under the new names.
        """
        for change in self.changes:
            for index in (*change.guards, *self._early(change)):
                self._build(index)
        for change in self.changes:
            if change.before.unique:
                self._remove(change.before.name)

    def finish(self) -> list[str]:
        """Put the final indexes in place. Returns the names of guards that stay, because documents without the
        field were written while it was renamed and a unique index cannot cover them.
        """
        for change in self.changes:
            self._remove(change.before.name)
        return [name for change in self.changes for name in self._complete(change)]

    def undo(self) -> None:
        """Restore the old indexes, as far as documents written since allow."""
        old = {change.before.name for change in self.changes}
        for change in self.changes:
            for built in self._early(change):
                self._remove(built.name)
        for change in self.changes:
            guards = [precondition.name for precondition in change.guards]
            try:
                self._build(change.before)
            except Conflict:
                guards = guards[1:]
            for name in guards:
                if name not in old:
                    self._remove(name)

    def _complete(self, change: IndexChange) -> list[str]:
        guards = [precondition.name for precondition in change.guards]
        remaining: list[str] = []
        if change.after is not None:
            try:
                self._build(change.after)
            except Conflict:
                remaining = guards[1:]
        for name in guards:
            if name not in remaining:
                self._remove(name)
        return remaining

    def _early(self, change: IndexChange) -> list[Definition]:
        """Return the new non-unique index that can be built before the old one is removed, if any."""
        old = {item.before.name for item in self.changes}
        if change.after is None or change.before.unique or change.after.name in old:
            return []
        return [] if any(order == "text" for _, order in change.after.keys) else [change.after]

    def _build(self, index: Definition) -> None:
        target = self.collection
        try:
            target.store.create_index(target.database, target.spec.physical, index.keys, index.options)
        except Conflict as error:
            new = NewIndex(index.keys, unique=index.unique, collation=collation_of(index.options))
            raise target.indexes.explained(error, new, index.options) from error

    def _remove(self, name: str) -> None:
        target = self.collection
        if name in target.indexes.names():
            target.store.drop_index(target.database, target.spec.physical, name)


def index_migration(collection: Collection, steps: Sequence[Step]) -> IndexMigration:
    """Return the changes of each index of the collection, except those that the schema makes."""
    definitions = [Definition(*definition(spec)) for spec in collection.indexes.specs()]
    mapping = name_after(steps)
    changes = [(index, _moved(index, mapping)) for index in definitions]
    changed = [
        (old, new) for old, new in changes if new is None or (new.keys, new.options) != (old.keys, old.options)
    ]
    taken = {index.name for index in definitions} - {old.name for old, _ in changed}
    staying = [index for index in definitions if index.name in taken]
    result = []
    for old, new in changed:
        if new is not None and any(_same(new, index) for index in staying):
            new = None
        if new is not None:
            new = _named(new, taken)
            taken.add(new.name)
            staying.append(new)
        result.append(IndexChange(old, new))
    return IndexMigration(collection, result)


def name_after(steps: Sequence[Step]) -> Callable[[str], str | None]:
    """Return the function from a field's name before the steps to the one after them, None where it is dropped."""

    def after(name: str) -> str | None:
        for step in steps:
            if isinstance(step, Rename) and step.name == name:
                name = step.to
            elif isinstance(step, Drop) and step.name == name:
                return None
        return name

    return after


def _moved(index: Definition, after: Callable[[str], str | None]) -> Definition | None:
    if any(after(path.partition(".")[0]) is None for path in index.paths):
        return None

    def path_after(path: str) -> str:
        head, dot, rest = path.partition(".")
        return f"{after(head)}{dot}{rest}"

    keys = [(path_after(path), order) for path, order in index.keys]
    options = dict(index.options)
    if "partialFilterExpression" in options:
        options["partialFilterExpression"] = _moved_filter(options["partialFilterExpression"], path_after)
    if "weights" in options:
        options["weights"] = {path_after(path): weight for path, weight in options["weights"].items()}
    override = options.get("language_override")
    if override and after(override):
        options["language_override"] = after(override)
    collation = collation_of(options)
    if index.name == NewIndex(index.keys, collation=collation).title:
        options["name"] = NewIndex(keys, collation=collation).title
    return replace(index, keys=keys, options=options)


def _moved_filter(raw: Any, path_after: Callable[[str], str]) -> Any:
    """Return a partial filter with its paths mapped. Logical operators hold arrays of filters."""
    return {
        name if name.startswith("$") else path_after(name): [_moved_filter(item, path_after) for item in value]
        if name.startswith("$") and isinstance(value, list)
        else value
        for name, value in raw.items()
    }


def filter_conditions(raw: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return every path in a partial filter with its condition."""
    conditions = []
    for name, value in raw.items():
        if not name.startswith("$"):
            conditions.append((name, value))
        elif isinstance(value, list):
            conditions += [pair for item in value for pair in filter_conditions(item)]
    return conditions


def _same(one: Definition, other: Definition) -> bool:
    return [*one.keys] == [*other.keys] and {**one.options, "name": ""} == {**other.options, "name": ""}


def _named(index: Definition, taken: set[str]) -> Definition:
    """Return the index under a name that no other index has."""
    name, number = index.name, 2
    while name in taken:
        name, number = f"{index.name[:95]}_{number}", number + 1
    return replace(index, options={**index.options, "name": name})


def _definition(raw: Mapping[str, Any]) -> Definition:
    keys = [(path, order if isinstance(order, str) else int(order)) for path, order in raw["keys"]]
    return Definition(keys, raw["options"])
