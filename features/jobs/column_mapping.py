"""What becomes of the columns of a table: the field of each, its type, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import engine
from engine.errors import invalid
from engine.schema import TYPES
from features.jobs.import_file import FIELD

MEMBER = "columns"
_SHAPE = "Must be the name of a field, an object with name and type, or null to leave the column out."


def parse_columns(raw: Any, *, makes_collection: bool) -> dict[str, Any]:
    """Return `{column: {"name"?, "type"?} or None}` from what a caller sent. Raises `Invalid` with every error."""
    if type(raw) is not dict:
        raise engine.Invalid.of_field(MEMBER, "Must be an object with a member for each column that is changed.")
    columns = {name: {"name": value} if type(value) is str else value for name, value in raw.items()}
    errors = [(name, text) for name, value in columns.items() if (text := _error(value, makes_collection))]
    if errors:
        raise invalid([engine.FieldError(f"{MEMBER}.{name}", text) for name, text in errors])
    return columns


def _error(column: Any, makes_collection: bool) -> str:
    if column is None:
        return ""
    if type(column) is not dict or not set(column) <= {"name", "type"}:
        return _SHAPE
    if not all(type(value) is str and value for value in column.values()):
        return _SHAPE
    if "type" in column and not makes_collection:
        return "The collection has its own fields; only names can be changed."
    return "" if column.get("type", "string") in TYPES else f"Unknown type {column['type']!r}."


def names_of(header: Sequence[str], columns: Mapping[str, Any]) -> list[str | None]:
    """Return the field of each column, None where it is left out. Raises `Invalid` for names that do not fit."""
    errors = [
        engine.FieldError(f"{MEMBER}.{name}", f"The file has no column {name!r}.")
        for name in columns
        if name not in header
    ]
    rules = [columns.get(name, {}) for name in header]
    names = [None if rule is None else rule.get("name", name) for name, rule in zip(header, rules, strict=True)]
    counts = Counter(name for name in names if name is not None)
    errors += [
        engine.FieldError(MEMBER, f"{n} columns become the field {name!r}.") for name, n in counts.items() if n > 1
    ]
    if errors:
        raise invalid(errors)
    return names


def fields_of(header: Sequence[str], types: Sequence[str], columns: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the fields to declare: of the chosen types, else of the inferred ones, if any."""
    rules = [columns.get(name, {}) for name in header]
    named = zip(names_of(header, columns), rules, types, strict=True)
    fields = [
        {"name": name, "type": rule.get("type", kind)} for name, rule, kind in named if name not in (None, "_id")
    ]
    return [field for field in fields if field["type"]]


def name_errors(
    errors: Sequence[engine.FieldError], fields: Sequence[Mapping[str, str]]
) -> list[engine.FieldError]:
    """Return errors of `fields.N.…` as errors of the file, with the names of the fields."""
    return [_name_error(error, fields) for error in errors]


def _name_error(error: engine.FieldError, fields: Sequence[Mapping[str, str]]) -> engine.FieldError:
    _, _, rest = error.field.partition(".")
    number, _, _ = rest.partition(".")
    named = f"The column {fields[int(number)]['name']!r}: " if number.isdigit() else ""
    return engine.FieldError(FIELD, f"{named}{error.message}")
