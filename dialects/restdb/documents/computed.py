"""Computed fields: templates whose `{{field}}` is replaced by the document's values when it is presented.

A template only names fields: what is in braces is looked up in the document and never executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import engine
from engine import placeholders
from engine.encoding import dumps

_MAX_LENGTH = 10_000
Templates = Mapping[str, str]


def templates(schema: engine.Schema) -> Templates:
    """Return {name of a computed field: its template}."""
    return {field.name: field.template for field in schema.fields if field.template}


def with_source_fields(query: engine.Query, schema: engine.Schema) -> engine.Query:
    """Return the query with the fields that its computed fields are made of added to its projection."""
    selected = [text for name, text in templates(schema).items() if query.fields.get(name)]
    sources = {path for text in selected for path in _paths(text)}
    return replace(query, fields={**query.fields, **dict.fromkeys(sources, 1)}) if sources else query


def fill(documents: Iterable[dict[str, Any]], schema: engine.Schema, fields: Mapping[str, int]) -> None:
    """Add the computed fields to documents read with the projection `fields`.

    Removes fields that only they needed.
    """
    selected = {name: text for name, text in templates(schema).items() if _is_selected(name, fields)}
    if not selected:
        return
    roots = {path.partition(".")[0] for path, included in fields.items() if included and path != "_id"}
    for document in documents:
        values = {name: _text(text, document) for name, text in selected.items()}
        for name in [name for name in document if roots and name not in roots and name not in ("_id", "_sys")]:
            del document[name]
        document |= values


def _is_selected(name: str, fields: Mapping[str, int]) -> bool:
    """Check whether the projection includes a field."""
    is_inclusion = any(included for path, included in fields.items() if path != "_id")
    return bool(fields.get(name)) if is_inclusion else fields.get(name, 1) == 1


def _paths(template: str) -> list[str]:
    """Return the fields that a template names, without system fields, which it may not show."""
    return [path for path in placeholders.names(template) if path and not path.startswith("_")]


def _text(template: str, document: Mapping[str, Any]) -> str:
    return placeholders.fill(template, lambda path: _value(document, path), max_length=_MAX_LENGTH)[:_MAX_LENGTH]


def _value(document: Mapping[str, Any], path: str) -> str:
    """Return the values at a path as text, none of the system fields."""
    if path.startswith("_") and path != "_id":
        return ""
    return ", ".join(_as_text(value) for value in placeholders.values_at(document, path, in_arrays=True))


def _as_text(value: Any) -> str:
    text = value if isinstance(value, str) else dumps(value).decode().strip('"')
    return text[:_MAX_LENGTH]
