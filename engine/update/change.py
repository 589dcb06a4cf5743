"""Changes of documents by values, and what an update compiles to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from engine.encoding.shape import ancestor_paths, check_document, path_error
from engine.errors import FieldError, Invalid, invalid
from engine.limits import Limits
from engine.schema.schema import SYSTEM, Schema

Result = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class CompiledUpdate:
    """A checked change: MongoDB's update document or pipeline, which stamps `_sys` as well.

    `filter` excludes the documents that the change would not alter. `unchecked_fields` are the fields whose result
    MongoDB computes, so that it must be checked afterwards. `insert_part` is the update document, without stamps,
    of the document that an upsert inserts; None where it cannot. `array_filters` select the elements that
    paths with `$[name]` change; `matched` maps each array of which a path has `$` to its path in the request.
    `result` computes the changed document from the current one; None where only MongoDB can.
    """

    statement: Any
    filter: Mapping[str, Any] = field(default_factory=dict)
    unchecked_fields: frozenset[str] = frozenset()
    insert_part: Mapping[str, Mapping[str, Any]] | None = None
    array_filters: Sequence[Mapping[str, Any]] = ()
    matched: Mapping[str, str] = field(default_factory=dict)
    positional: bool = False
    result: Result | None = None


@dataclass(frozen=True)
class Change:
    """Sets `values`, by dotted path; with `only_existing` only where a document already has the path.

    A document has a path when it leads through objects alone to an existing member, even null. The elements of an
    array are not members: there `only_existing` leaves everything unchanged.
    """

    values: Mapping[str, Any]
    only_existing: bool = False
    root: str = "update_data"
    replaces: ClassVar[bool] = False

    def compile(self, schema: Schema, *, limits: Limits, actor: str, now: datetime) -> CompiledUpdate:
        """Compile the change. Raises `Invalid` with every error."""
        values = self.compiled(schema, limits=limits)
        return CompiledUpdate(
            self.statement(values, actor=actor, now=now),
            filter=self.with_existing({}, values),
            unchecked_fields=schema.checked_results(values),
            insert_part=None if self.only_existing else {"$set": values},
        )

    def compiled(self, schema: Schema, *, limits: Limits) -> dict[str, Any]:
        """Return the values as stored. Raises `Invalid` with every error."""
        max_fields = limits.collection_fields
        if not 1 <= len(self.values) <= max_fields:
            text = f"Must name from 1 to {max_fields} fields (MAX_COLLECTION_FIELDS)."
            raise invalid([FieldError(self.root, text)])
        values, errors = schema.coerce_values(self.values)
        errors = [*self._shape_errors(limits), *errors]
        if errors:
            raise invalid([_under(self.root, error) for error in dict.fromkeys(errors)])
        return values

    def statement(self, values: Mapping[str, Any], *, actor: str, now: datetime) -> Any:
        """Return MongoDB's update document or pipeline, which stamps `_sys` as well."""
        if not self.only_existing:
            return stamped({"$set": values}, actor=actor, now=now)
        stamps = {
            f"{SYSTEM}.version": {"$add": [f"${SYSTEM}.version", 1]},
            f"{SYSTEM}.updated": {"$max": [f"${SYSTEM}.updated", now]},
            f"{SYSTEM}.updated_by": {"$literal": actor},
        }
        return [{"$set": {name: _member(branch, name) for name, branch in _tree(values).items()} | stamps}]

    def with_existing(self, filter: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the filter without the documents that the change would not alter."""
        if not self.only_existing:
            return filter
        exists = {"$or": [_is_there(path) for path in values]}
        return filter | {"$expr": {"$and": [filter["$expr"], exists]} if "$expr" in filter else exists}

    def _shape_errors(self, limits: Limits) -> Iterator[FieldError]:
        inside = {outer for path in self.values for outer in ancestor_paths(path)}
        for path, value in self.values.items():
            if text := path_error(path, limits=limits):
                yield FieldError(path, text)
            if path in inside:
                yield FieldError(path, "The same change sets something inside this field.")
            depth = path.count(".") + 1
            for inner, text in check_document({"": value}, limits=limits, depth=min(depth, limits.depth)):
                yield FieldError(f"{path}.{inner}" if inner else path, text)


@dataclass(frozen=True)
class Touch:
    """Leaves the members of a document unchanged and stamps it: one version more."""

    root: str = "update_data"
    replaces: ClassVar[bool] = False

    @property
    def values(self) -> Mapping[str, Any]:
        return {}

    def compile(self, schema: Schema, *, limits: Limits, actor: str, now: datetime) -> CompiledUpdate:
        return CompiledUpdate(stamped({}, actor=actor, now=now))


@dataclass(frozen=True)
class Replacement:
    """Replaces the whole document, except `_id` and who created it when."""

    values: Any
    root: str = "update_data"
    replaces: ClassVar[bool] = True

    def compile(self, schema: Schema, *, limits: Limits, actor: str, now: datetime) -> CompiledUpdate:
        """Compile the change. Raises `Invalid` with every error."""
        try:
            (document,) = schema.coerce([self.values], limits=limits)
        except Invalid as error:
            locations = [f"{self.root}.{item.field}" if item.field else self.root for item in error.errors]
            errors = [FieldError(at, item.message) for at, item in zip(locations, error.errors, strict=True)]
            raise invalid(errors) from error
        creation = {name: f"${SYSTEM}.{name}" for name in ("created", "created_by")}
        stamps = {
            "version": {"$add": [f"${SYSTEM}.version", 1]},
            **creation,
            "updated": {"$max": [f"${SYSTEM}.updated", now]},
            "updated_by": {"$literal": actor},
        }
        autonumbers = {name: f"${name}" for name in schema.autonumbers}
        whole = {"$mergeObjects": [{"_id": "$_id"}, {"$literal": document}, autonumbers, {SYSTEM: stamps}]}
        result = partial(_replaced, document, schema.autonumbers, actor, now)
        return CompiledUpdate([{"$replaceWith": whole}], result=result)


def _replaced(
    document: Mapping[str, Any], kept: Sequence[str], actor: str, now: datetime, current: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the statement of a `Replacement` makes of the current document. `kept` are fields that stay."""
    stamps = current[SYSTEM]
    changed = {
        "version": stamps["version"] + 1,
        **{name: stamps[name] for name in ("created", "created_by") if name in stamps},
        "updated": max(stamps["updated"], now),
        "updated_by": actor,
    }
    numbers = {name: current[name] for name in kept if name in current}
    return {"_id": current["_id"], **document, **numbers, SYSTEM: changed}


def stamped(operators: Mapping[str, Mapping[str, Any]], *, actor: str, now: datetime) -> dict[str, Any]:
    """Return an update document that stamps `_sys` as well."""
    return {
        **operators,
        "$set": {**operators.get("$set", {}), f"{SYSTEM}.updated_by": actor},
        "$inc": {**operators.get("$inc", {}), f"{SYSTEM}.version": 1},
        # Time does not go back, even where another machine's clock is behind.
        "$max": {**operators.get("$max", {}), f"{SYSTEM}.updated": now},
    }


def _tree(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as a tree by name. A value is in a tuple, which no branch is."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        branch = tree
        *outer, last = path.split(".")
        for name in outer:
            branch = branch.setdefault(name, {})
        branch[last] = (value,)
    return tree


def _member(branch: Any, path: str) -> dict[str, Any]:
    """Return a member's new value: absent ones stay absent, and values that are no objects stay unchanged."""
    here = f"${path}"
    if isinstance(branch, tuple):
        return {"$cond": [{"$ne": [{"$type": here}, "missing"]}, {"$literal": branch[0]}, here]}
    inside = {name: _member(inner, f"{path}.{name}") for name, inner in branch.items()}
    return {"$cond": [{"$eq": [{"$type": here}, "object"]}, {"$mergeObjects": [here, inside]}, here]}


def _is_there(path: str) -> dict[str, Any]:
    through = [{"$eq": [{"$type": f"${outer}"}, "object"]} for outer in ancestor_paths(path)]
    return {"$and": [*through, {"$ne": [{"$type": f"${path}"}, "missing"]}]}


def _under(root: str, error: FieldError) -> FieldError:
    return FieldError(f"{root}.{error.field}", error.message, error.index)
