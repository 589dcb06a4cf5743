"""What an update does to the documents that it matches, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.codec import above, check_document, path_fault
from engine.errors import FieldError
from engine.limits import Limits
from engine.schema import SYSTEM, Schema, invalid


@dataclass(frozen=True)
class Change:
    """Sets `values`, by dotted path; with `only_existing` just those that a document already has.

    A document has a path when it leads through objects alone to a member that is there, be it null. The elements
    of an array are not members: there `only_existing` leaves everything as it is.
    """

    values: Mapping[str, Any]
    only_existing: bool = False
    root: str = "update_data"

    def compiled(self, schema: Schema, *, limits: Limits) -> dict[str, Any]:
        """The values as they are stored; raises `Invalid` with every fault."""
        most = limits.collection_fields
        if not 1 <= len(self.values) <= most:
            text = f"Must name from 1 to {most} fields (MAX_COLLECTION_FIELDS)."
            raise invalid([FieldError(self.root, text)])
        values, wrong = schema.coerce_values(self.values)
        faults = [*self._shape_faults(limits), *wrong]
        if faults:
            raise invalid([_under(self.root, fault) for fault in dict.fromkeys(faults)])
        return values

    def statement(self, values: Mapping[str, Any], *, actor: str, now: datetime) -> Any:
        """MongoDB's update document or pipeline, which stamps `_sys` as well."""
        if not self.only_existing:
            return {
                "$set": {**values, f"{SYSTEM}.updated_by": actor},
                "$inc": {f"{SYSTEM}.version": 1},
                # Time does not go back, even where another machine's clock is behind.
                "$max": {f"{SYSTEM}.updated": now},
            }
        stamps = {
            f"{SYSTEM}.version": {"$add": [f"${SYSTEM}.version", 1]},
            f"{SYSTEM}.updated": {"$max": [f"${SYSTEM}.updated", now]},
            f"{SYSTEM}.updated_by": {"$literal": actor},
        }
        return [{"$set": {name: _member(branch, name) for name, branch in _tree(values).items()} | stamps}]

    def narrowed(self, filter: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """The filter without the documents that the change would leave as they are."""
        if not self.only_existing:
            return filter
        return filter | {"$expr": {"$or": [_is_there(path) for path in values]}}

    def _shape_faults(self, limits: Limits) -> Iterator[FieldError]:
        inside = {outer for path in self.values for outer in above(path)}
        for path, value in self.values.items():
            if text := path_fault(path, limits=limits):
                yield FieldError(path, text)
            if path in inside:
                yield FieldError(path, "The same change sets something inside this field.")
            depth = path.count(".") + 1
            for inner, text in check_document({"": value}, limits=limits, depth=min(depth, limits.depth)):
                yield FieldError(f"{path}.{inner}" if inner else path, text)


def _tree(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by name inside of name; a value stands in a tuple, which no branch is."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        branch = tree
        *outer, last = path.split(".")
        for name in outer:
            branch = branch.setdefault(name, {})
        branch[last] = (value,)
    return tree


def _member(branch: Any, path: str) -> dict[str, Any]:
    """What a member becomes: what is not there stays so, and what is no object is left as it is."""
    here = f"${path}"
    if isinstance(branch, tuple):
        return {"$cond": [{"$ne": [{"$type": here}, "missing"]}, {"$literal": branch[0]}, here]}
    inside = {name: _member(inner, f"{path}.{name}") for name, inner in branch.items()}
    return {"$cond": [{"$eq": [{"$type": here}, "object"]}, {"$mergeObjects": [here, inside]}, here]}


def _is_there(path: str) -> dict[str, Any]:
    through = [{"$eq": [{"$type": f"${outer}"}, "object"]} for outer in above(path)]
    return {"$and": [*through, {"$ne": [{"$type": f"${path}"}, "missing"]}]}


def _under(root: str, fault: FieldError) -> FieldError:
    return FieldError(f"{root}.{fault.field}", fault.message, fault.index)
