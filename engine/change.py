"""What an update does to the documents that it matches, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.codec import check_document
from engine.errors import FieldError
from engine.limits import Limits
from engine.query import path_fault
from engine.schema import SYSTEM, Schema, invalid


@dataclass(frozen=True)
class Change:
    """Sets `values`, by dotted path; with `only_existing` just those that a document already has."""

    values: Mapping[str, Any]
    only_existing: bool = False
    root: str = "update_data"

    def compiled(self, schema: Schema, *, limits: Limits) -> dict[str, Any]:
        """The values as they are stored; raises `Invalid` with every fault."""
        faults = [FieldError(path, text) for path in self.values if (text := path_fault(path))]
        faults += [
            FieldError(f"{path}.{inner}" if inner else path, text)
            for path, value in self.values.items()
            for inner, text in check_document({"": value}, limits=limits)
        ]
        faults += [
            FieldError(path, "The same change sets something inside this field.")
            for path in self.values
            if any(other.startswith(f"{path}.") for other in self.values)
        ]
        if not self.values:
            faults.append(FieldError("", "Must name at least one field."))
        values, wrong = schema.coerce_values(self.values)
        if faults or wrong:
            raise invalid([_under(self.root, fault) for fault in _distinct(faults + wrong)])
        return values

    def statement(self, values: Mapping[str, Any], *, actor: str, now: datetime) -> Any:
        """MongoDB's update document or pipeline, which stamps `_sys` as well."""
        if not self.only_existing:
            return {
                "$set": {**values, f"{SYSTEM}.updated": now, f"{SYSTEM}.updated_by": actor},
                "$inc": {f"{SYSTEM}.version": 1},
            }
        stamps = {
            f"{SYSTEM}.version": {"$add": [f"${SYSTEM}.version", 1]},
            f"{SYSTEM}.updated": now,
            f"{SYSTEM}.updated_by": actor,
        }
        return [{"$set": {path: _if_present(path, value) for path, value in values.items()} | stamps}]

    def narrowed(self, filter: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """The filter without the documents that the change would leave as they are."""
        if not self.only_existing:
            return filter
        present = {"$or": [{path: {"$exists": True}} for path in values]}
        return {"$and": [filter, present]} if filter else present


def _if_present(path: str, value: Any) -> dict[str, Any]:
    here = f"${path}"
    return {"$cond": [{"$eq": [{"$type": here}, "missing"]}, "$$REMOVE", {"$literal": value}]}


def _distinct(faults: list[FieldError]) -> list[FieldError]:
    return list(dict.fromkeys(faults))


def _under(root: str, fault: FieldError) -> FieldError:
    return FieldError(f"{root}.{fault.field}" if fault.field else root, fault.message, fault.index)
