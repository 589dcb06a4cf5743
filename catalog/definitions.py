"""The definitions of collections that callers send, checked with every fault named."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import engine
from catalog.naming import name_fault

_PROPERTIES = {"name", "fields", "strict", "history", "json_schema", "title_field"}
_MOST = 100_000


@dataclass(frozen=True)
class Retention:
    """Whether superseded versions are kept, and for how long: so many days, so many versions of a document."""

    on: bool = True
    days: int | None = None
    versions: int | None = None

    def as_json(self) -> Any:
        """As it is declared: true, false, or an object."""
        bounds = {"days": self.days, "versions": self.versions}
        return {name: value for name, value in bounds.items() if self.on and value is not None} or self.on


@dataclass(frozen=True)
class Definition:
    """A collection that somebody wants to exist."""

    name: str
    schema: engine.Schema
    history: Retention = Retention()
    title_field: str = ""


def parse_definitions(
    raw: Any, *, limits: engine.Limits, most: int, fields_required: bool = True
) -> tuple[list[Definition], list[engine.FieldError]]:
    """Parse `[{name, fields: [field, …], strict?, history?, json_schema?, title_field?}, …]`.

    At least one collection is required and, with `fields_required`, at least one field of each.
    """
    if type(raw) is not list or not raw:
        return [], [engine.FieldError("collections", "Must be an array of at least one collection.")]
    if len(raw) > most:
        text = f"A database has at most {most} collections (MAX_COLLECTIONS)."
        return [], [engine.FieldError("collections", text)]
    found: list[Definition] = []
    faults: list[engine.FieldError] = []
    for index, item in enumerate(raw):
        definition, wrong = _parse_one(item, limits=limits, fields_required=fields_required)
        if not wrong and definition.name in {other.name for other in found}:
            wrong = [engine.FieldError("name", f"The collection {definition.name!r} is named twice.")]
        faults += [engine.FieldError(_path(index, fault.field), fault.message) for fault in wrong]
        found.append(definition)
    return found, faults


def _parse_one(
    item: Any, *, limits: engine.Limits, fields_required: bool
) -> tuple[Definition, list[engine.FieldError]]:
    if type(item) is not dict:
        return Definition("", engine.Schema()), [engine.FieldError("", "Must be an object with a name.")]
    faults = [
        engine.FieldError(key, "There is no such property of a collection.")
        for key in sorted(item.keys() - _PROPERTIES)
    ]
    if text := name_fault(item.get("name", "")):
        faults.append(engine.FieldError("name", text))
    strict = item.get("strict", False)
    if type(strict) is not bool:
        faults.append(engine.FieldError("strict", "Must be true or false."))
    history, unfit = parse_retention(item.get("history", True))
    faults += unfit
    rules, broken = parse_rules(item.get("json_schema"), limits=limits)
    faults += broken
    title_field, untitled = parse_title_field(item.get("title_field"))
    faults += untitled
    fields = item.get("fields")
    if type(fields) is not list or (fields_required and not fields):
        faults.append(engine.FieldError("fields", "Must be an array of at least one field."))
        return Definition("", engine.Schema()), faults
    schema, wrong = engine.parse_schema(fields, limits=limits, strict=strict is True)
    schema = replace(schema, rules=rules)
    return Definition(str(item.get("name")), schema, history, title_field), faults + wrong


def parse_title_field(raw: Any) -> tuple[str, list[engine.FieldError]]:
    """Parse `title_field`: the name of the top-level field that names a document; null means unset."""
    if raw is None:
        return "", []
    if type(raw) is not str or not 1 <= len(raw) <= engine.MAX_NAME:
        text = f"Must be the name of a field, with 1 to {engine.MAX_NAME} characters, or null."
        return "", [engine.FieldError("title_field", text)]
    if raw == "_sys" or raw.startswith("$") or "." in raw or "\0" in raw:
        text = f"{raw!r} cannot be the title field. Name a top-level field of the documents."
        return "", [engine.FieldError("title_field", text)]
    return raw, []


def parse_retention(raw: Any) -> tuple[Retention, list[engine.FieldError]]:
    """`history`: true, false, or `{days?, versions?}`."""
    if type(raw) is bool:
        return Retention(on=raw), []
    if type(raw) is not dict or not raw:
        text = 'Must be true, false, or an object such as {"days": 30, "versions": 100}.'
        return Retention(), [engine.FieldError("history", text)]
    faults = []
    for name, value in raw.items():
        if name not in ("days", "versions"):
            faults.append(engine.FieldError(f"history.{name}", "There is no such property of a history."))
        elif type(value) is not int or not 1 <= value <= _MOST:
            faults.append(engine.FieldError(f"history.{name}", f"Must be a whole number from 1 to {_MOST}."))
    return (Retention(), faults) if faults else (Retention(**raw), [])


def parse_rules(raw: Any, *, limits: engine.Limits) -> tuple[engine.Rules | None, list[engine.FieldError]]:
    """`json_schema`: a JSON Schema, or null for none."""
    if raw is None:
        return None, []
    rules, faults = engine.parse_rules(raw, limits=limits)
    return rules, [
        engine.FieldError(f"json_schema.{path}" if path else "json_schema", text) for path, text in faults
    ]


def reference_faults(definitions: Sequence[Definition], known: Collection[str]) -> list[engine.FieldError]:
    """Of the references of new collections that point into none that is known, or new as well."""
    names = {definition.name for definition in definitions} | set(known)
    return [
        engine.FieldError(f"collections.{index}.fields.{place}.collection", no_collection(field.collection))
        for index, definition in enumerate(definitions)
        for place, field in enumerate(definition.schema.fields)
        if field.collection and field.collection not in names
    ]


def no_collection(name: str) -> str:
    return f"The database has no collection {name!r}."


def _path(index: int, member: str) -> str:
    return f"collections.{index}.{member}" if member else f"collections.{index}"
