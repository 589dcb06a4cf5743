"""The definitions of collections that callers send, checked with every fault named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import engine
from catalog.naming import name_fault

_PROPERTIES = {"name", "fields", "strict", "history"}


@dataclass(frozen=True)
class Definition:
    """A collection that somebody wants to exist."""

    name: str
    schema: engine.Schema
    history: bool = True


def parse_definitions(
    raw: Any, *, limits: engine.Limits, most: int
) -> tuple[list[Definition], list[engine.FieldError]]:
    """`[{name, fields: [field, …], strict?}, …]` with at least one collection, each with at least one field."""
    if type(raw) is not list or not raw:
        return [], [engine.FieldError("collections", "Must be an array of at least one collection.")]
    if len(raw) > most:
        text = f"A database has at most {most} collections (MAX_COLLECTIONS)."
        return [], [engine.FieldError("collections", text)]
    found: list[Definition] = []
    faults: list[engine.FieldError] = []
    for index, item in enumerate(raw):
        definition, wrong = _parse_one(item, limits=limits)
        if not wrong and definition.name in {other.name for other in found}:
            wrong = [engine.FieldError("name", f"The collection {definition.name!r} is named twice.")]
        faults += [engine.FieldError(_path(index, fault.field), fault.message) for fault in wrong]
        found.append(definition)
    return found, faults


def _parse_one(item: Any, *, limits: engine.Limits) -> tuple[Definition, list[engine.FieldError]]:
    if type(item) is not dict:
        return Definition("", engine.Schema()), [engine.FieldError("", "Must be an object with a name.")]
    faults = [
        engine.FieldError(key, "There is no such property of a collection.")
        for key in sorted(item.keys() - _PROPERTIES)
    ]
    if text := name_fault(item.get("name", "")):
        faults.append(engine.FieldError("name", text))
    strict, history = item.get("strict", False), item.get("history", True)
    faults += [
        engine.FieldError(name, "Must be true or false.")
        for name, value in (("strict", strict), ("history", history))
        if type(value) is not bool
    ]
    fields = item.get("fields")
    if type(fields) is not list or not fields:
        faults.append(engine.FieldError("fields", "Must be an array of at least one field."))
        return Definition("", engine.Schema()), faults
    schema, wrong = engine.parse_schema(fields, limits=limits, strict=strict is True)
    return Definition(str(item.get("name")), schema, history=history is True), faults + wrong


def _path(index: int, member: str) -> str:
    return f"collections.{index}.{member}" if member else f"collections.{index}"
