"""Parsing and validation of collection definitions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import engine
import engine.schema
from catalog.naming import name_error
from engine.schema import MAX_NAME, Rules, parse_schema

_PROPERTIES = {"name", "fields", "strict", "history", "json_schema", "title_field"}
_MAX_RETENTION = 100_000


@dataclass(frozen=True)
class Retention:
    """Retention of superseded versions: whether they are stored, for how many days, and how many of a document."""

    on: bool = True
    days: int | None = None
    versions: int | None = None

    def as_json(self) -> Any:
        """Return the declared form: true, false, or an object."""
        bounds = {"days": self.days, "versions": self.versions}
        return {name: value for name, value in bounds.items() if self.on and value is not None} or self.on


@dataclass(frozen=True)
class CollectionDefinition:
    """A parsed collection definition."""

    name: str
    schema: engine.Schema
    history: Retention = Retention()
    title_field: str = ""


def parse_definitions(
    raw: Any, *, limits: engine.Limits, max_collections: int, fields_required: bool = True
) -> tuple[list[CollectionDefinition], list[engine.FieldError]]:
    """Parse `[{name, fields: [field, …], strict?, history?, json_schema?, title_field?}, …]`.

    At least one collection is required and, with `fields_required`, at least one field of each.
    """
    if type(raw) is not list or not raw:
        return [], [engine.FieldError("collections", "Must be an array of at least one collection.")]
    if len(raw) > max_collections:
        text = f"A database has at most {max_collections} collections (MAX_COLLECTIONS)."
        return [], [engine.FieldError("collections", text)]
    definitions: list[CollectionDefinition] = []
    errors: list[engine.FieldError] = []
    for index, item in enumerate(raw):
        definition, item_errors = _parse_one(item, limits=limits, fields_required=fields_required)
        if not item_errors and definition.name in {other.name for other in definitions}:
            item_errors = [engine.FieldError("name", f"The collection {definition.name!r} is named twice.")]
        errors += [engine.FieldError(_path(index, error.field), error.message) for error in item_errors]
        definitions.append(definition)
    return definitions, errors


def _parse_one(
    item: Any, *, limits: engine.Limits, fields_required: bool
) -> tuple[CollectionDefinition, list[engine.FieldError]]:
    if type(item) is not dict:
        return CollectionDefinition("", engine.Schema()), [engine.FieldError("", "Must be an object with a name.")]
    errors = [engine.FieldError(key, "Unknown property.") for key in sorted(item.keys() - _PROPERTIES)]
    if text := name_error(item.get("name", "")):
        errors.append(engine.FieldError("name", text))
    strict = item.get("strict", False)
    if type(strict) is not bool:
        errors.append(engine.FieldError("strict", "Must be true or false."))
    history, history_errors = parse_retention(item.get("history", True))
    errors += history_errors
    rules, rule_errors = parse_rules(item.get("json_schema"), limits=limits)
    errors += rule_errors
    title_field, title_errors = parse_title_field(item.get("title_field"))
    errors += title_errors
    fields = item.get("fields")
    if type(fields) is not list or (fields_required and not fields):
        errors.append(engine.FieldError("fields", "Must be an array of at least one field."))
        return CollectionDefinition("", engine.Schema()), errors
    schema, schema_errors = parse_schema(fields, limits=limits, strict=strict is True)
    schema = replace(schema, rules=rules)
    return CollectionDefinition(str(item.get("name")), schema, history, title_field), errors + schema_errors


def parse_title_field(raw: Any) -> tuple[str, list[engine.FieldError]]:
    """Parse `title_field`: the name of the top-level field that names a document; null means unset."""
    if raw is None:
        return "", []
    if type(raw) is not str or not 1 <= len(raw) <= MAX_NAME:
        text = f"Must be the name of a field, with 1 to {MAX_NAME} characters, or null."
        return "", [engine.FieldError("title_field", text)]
    if raw == "_sys" or raw.startswith("$") or "." in raw or "\0" in raw:
        text = f"{raw!r} cannot be the title field. Name a top-level field of the documents."
        return "", [engine.FieldError("title_field", text)]
    return raw, []


def parse_retention(raw: Any) -> tuple[Retention, list[engine.FieldError]]:
    """Parse `history`: true, false, or `{days?, versions?}`."""
    if type(raw) is bool:
        return Retention(on=raw), []
    if type(raw) is not dict or not raw:
        text = 'Must be true, false, or an object such as {"days": 30, "versions": 100}.'
        return Retention(), [engine.FieldError("history", text)]
    errors = []
    for name, value in raw.items():
        if name not in ("days", "versions"):
            errors.append(engine.FieldError(f"history.{name}", "Unknown property."))
        elif type(value) is not int or not 1 <= value <= _MAX_RETENTION:
            errors.append(
                engine.FieldError(f"history.{name}", f"Must be a whole number from 1 to {_MAX_RETENTION}.")
            )
    return (Retention(), errors) if errors else (Retention(**raw), [])


def parse_rules(raw: Any, *, limits: engine.Limits) -> tuple[Rules | None, list[engine.FieldError]]:
    """Parse `json_schema`: a JSON Schema, or null."""
    if raw is None:
        return None, []
    rules, errors = engine.schema.parse_rules(raw, limits=limits)
    return rules, [
        engine.FieldError(f"json_schema.{path}" if path else "json_schema", text) for path, text in errors
    ]


def reference_errors(
    definitions: Sequence[CollectionDefinition], known: Collection[str]
) -> list[engine.FieldError]:
    """Return errors for references of new collections to collections that are neither new nor in `known`."""
    names = {definition.name for definition in definitions} | set(known)
    return [
        engine.FieldError(f"collections.{index}.fields.{position}.collection", no_collection(field.collection))
        for index, definition in enumerate(definitions)
        for position, field in enumerate(definition.schema.fields)
        if field.collection and field.collection not in names
    ]


def no_collection(name: str) -> str:
    """Return the message for a missing collection."""
    return f"The database has no collection {name!r}."


def _path(index: int, member: str) -> str:
    return f"collections.{index}.{member}" if member else f"collections.{index}"
