"""The indexes of a collection: listing, creation and removal."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from engine.actions import Action
from engine.context.context import Context
from engine.errors import Conflict, Error, FieldError, TooLarge
from engine.indexes.definition import OF_THE_SCHEMA, Index, NewIndex, index_of
from engine.indexes.duplicates import Duplicate, find_duplicates
from engine.query.error_location import attach_error_location
from engine.schema.collation import CASE_INSENSITIVE, option
from engine.schema.schema import RESERVED
from engine.schema.types import LEAST

_SAMPLE = 1_000


@dataclass(frozen=True)
class Indexes:
    """The indexes of one collection for its actor."""

    context: Context

    def all(self) -> list[Index]:
        """Return the indexes by name, that of `_id` first."""
        self.context.require(Action.READ)
        definitions = self._definitions()
        sizes = self._run(
            [{"$collStats": {"storageStats": {}}}, {"$project": {"_id": 0, "of": "$storageStats.indexSizes"}}]
        )
        by_name = {item["name"]: index_of(item, sizes[0].get("of", {})) for item in definitions} if sizes else {}
        return sorted(by_name.values(), key=lambda index: (index.name != "_id_", index.name))

    def create(self, index: NewIndex) -> str:
        """Create an index and return its name. Raises `Conflict` with examples where documents are not unique."""
        context = self.context
        context.require(Action.DESIGN)
        limits = context.store.limits
        options = index.options(context.spec.schema, limits=limits)
        existing = [item["name"] for item in self._definitions()]
        if index.title not in existing and len(existing) > limits.indexes:
            raise TooLarge(f"A collection has at most {limits.indexes} indexes (MAX_INDEXES).")
        try:
            with attach_error_location(("keys", index.keys), ("partial_filter", index.partial)):
                context.store.create_index(context.database, context.spec.physical, index.keys, options)
        except Conflict as error:
            raise self.explained(error, index, options) from error
        return index.title

    def warnings(self, index: NewIndex) -> list[str]:
        """Return a warning for each path that is neither declared nor in the first documents, so likely
        misspelt.
        """
        schema = self.context.spec.schema
        warnings: list[str] = []
        for path, _ in index.keys if Action.READ in self.context.allowed else ():
            head = path.partition(".")[0]
            if head in schema.by_name or head in RESERVED:
                continue
            sample: list[dict[str, Any]] = [{"$limit": _SAMPLE}]
            if self._run([*sample, {"$match": {path: {"$exists": True}}}, {"$limit": 1}]):
                continue
            names = [*schema.by_name, *self._names(sample)]
            if names:
                warnings.append(_unknown_field(path, head, names))
        return warnings

    def _names(self, sample: list[dict[str, Any]]) -> list[str]:
        """Return the names of the top-level fields in some documents."""
        members: list[dict[str, Any]] = [{"$project": {"m": {"$objectToArray": "$$ROOT"}}}, {"$unwind": "$m"}]
        grouped: list[dict[str, Any]] = [{"$group": {"_id": "$m.k"}}, {"$limit": _SAMPLE}]
        return [item["_id"] for item in self._run([*sample, *members, *grouped]) if item["_id"] not in RESERVED]

    def drop(self, name: str) -> None:
        """Drop an index. Raises `NotFound` without one of that name, `Conflict` for those of `_id` and of the
        schema.
        """
        context = self.context
        context.require(Action.DESIGN)
        if name == "_id_":
            raise Conflict("The index of _id cannot be dropped.")
        if OF_THE_SCHEMA.fullmatch(name):
            raise Conflict("The index belongs to a unique field of the schema.")
        context.store.drop_index(context.database, context.spec.physical, name)

    def make_unique(self, field: str) -> None:
        """Create the index of a field that the schema is about to declare unique. Raises `Conflict` as `create`."""
        context = self.context
        declared = context.spec.schema.unique[field]
        if any(_unique_options(index) == declared for index in self._of_schema(field)):
            return
        taken = [int(index.name.partition("_")[2]) for index in self._of_schema()]
        options = {
            "name": f"unique_{max(taken, default=-1) + 1}",
            "unique": True,
            **declared,
        }
        try:
            context.store.create_index(context.database, context.spec.physical, [(field, 1)], options)
        except Conflict as error:
            collation = CASE_INSENSITIVE if "collation" in declared else None
            new = NewIndex([(field, 1)], unique=True, collation=collation)
            raise self.explained(error, new, options) from error

    def make_unique_together(self, fields: Sequence[str]) -> None:
        """Create the index of several fields whose values are unique together, where none of them is null.

        Raises `Conflict` as `create`.
        """
        context = self.context
        kinds = [context.spec.schema.by_name[name].type for name in fields]
        new = NewIndex([(name, 1) for name in fields], unique=True)
        present = {name: {"$gte": LEAST[kind]} for name, kind in zip(fields, kinds, strict=True) if kind in LEAST}
        options = {"name": new.title, "unique": True, "partialFilterExpression": present}
        try:
            context.store.create_index(context.database, context.spec.physical, new.keys, options)
        except Conflict as error:
            raise self.explained(error, new, options) from error

    def drop_unique(self, field: str) -> None:
        """Drop the unique indexes of a field that the schema no longer declares unique, or with another type."""
        context = self.context
        declared = context.spec.schema.unique
        for index in self._of_schema(field):
            if field not in declared or _unique_options(index) != declared[field]:
                context.store.drop_index(context.database, context.spec.physical, index.name)

    def _of_schema(self, field: str | None = None) -> list[Index]:
        return [index for index in self.all() if index.of_schema and field in (None, index.keys[0][0])]

    def explained(self, error: Conflict, index: NewIndex, options: Mapping[str, Any]) -> Conflict:
        """Return the error with examples of duplicates, for actors that may read them."""
        if not index.unique or Action.READ not in self.context.allowed:
            return error
        paths = [path for path, _ in index.keys]
        try:
            collation = option(index.collation)
            duplicates = find_duplicates(
                lambda stages: self._run(stages, collation), paths, options.get("partialFilterExpression", {})
            )
        except Error:
            return error
        return _with_examples(paths, duplicates) if duplicates else error

    def names(self) -> set[str]:
        """Return the names of all indexes, that of `_id` included."""
        return {item["name"] for item in self._definitions()}

    def specs(self) -> list[dict[str, Any]]:
        """Return MongoDB's specifications of the indexes that callers created."""
        specs = [item["spec"] for item in self._definitions() if item["name"] != "_id_"]
        return [spec for spec in specs if not OF_THE_SCHEMA.fullmatch(spec["name"])]

    def _definitions(self) -> list[dict[str, Any]]:
        """Return them by name: MongoDB lists them in no fixed order."""
        context = self.context
        return sorted(context.store.index_stats(context.database, context.spec.physical), key=itemgetter("name"))

    def _run(
        self, pipeline: list[dict[str, Any]], options: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        context = self.context
        return context.store.aggregate(context.database, context.spec.physical, pipeline, options=options)


def _unique_options(index: Index) -> dict[str, Any]:
    """Return the options of a schema's index as `Schema.unique` has them."""
    return {"partialFilterExpression": index.partial, **option(index.collation)}


def _unknown_field(path: str, head: str, names: Sequence[str]) -> str:
    text = f"No field {head!r} is declared, and none of the first {_SAMPLE:,} documents has {path!r}."
    if path != head and head in names:
        return f"{text} Check what follows {head!r}."
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(head.lower(), lower, n=1)
    return f"{text} Did you mean {lower[close[0]]!r}?" if close else f"{text} Check the spelling."


def _with_examples(paths: list[str], duplicates: list[Duplicate]) -> Conflict:
    text = f"Cannot create a unique index: documents have the same {', '.join(paths)}."
    error = Conflict(text, errors=[FieldError(path, text) for path in paths])
    examples = [{"values": item.values, "count": item.count, "ids": item.ids} for item in duplicates]
    error.details = {"examples": examples}
    return error
