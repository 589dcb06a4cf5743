"""Computed fields: texts with the values of other fields in place of `{{field}}`, made when a document is shown.

A template names fields and can do nothing else: what is in braces is looked up in the document, never run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import engine

_PLACE = re.compile(r"\{\{([^{}]*)\}\}")
_MOST_CHARACTERS = 10_000
Templates = Mapping[str, str]


def templates(schema: engine.Schema) -> Templates:
    """{name of a computed field: its template}."""
    return {field.name: field.template for field in schema.fields if field.template}


def widened(query: engine.Query, schema: engine.Schema) -> engine.Query:
    """The query, with what the computed fields that it names are made of."""
    named = [text for name, text in templates(schema).items() if query.fields.get(name)]
    sources = {path for text in named for path in _paths(text)}
    return replace(query, fields={**query.fields, **dict.fromkeys(sources, 1)}) if sources else query


def fill(documents: Iterable[dict[str, Any]], schema: engine.Schema, fields: Mapping[str, int]) -> None:
    """Puts the computed fields into documents that were read with `fields`, and takes out what only they needed."""
    found = {name: text for name, text in templates(schema).items() if _is_shown(name, fields)}
    if not found:
        return
    only = {path.partition(".")[0] for path, kept in fields.items() if kept and path != "_id"}
    for document in documents:
        made = {name: _text(text, document) for name, text in found.items()}
        for name in [name for name in document if only and name not in only and name not in ("_id", "_sys")]:
            del document[name]
        document |= made


def _is_shown(name: str, fields: Mapping[str, int]) -> bool:
    """Named, or not left out where no field is named."""
    named = any(kept for path, kept in fields.items() if path != "_id")
    return bool(fields.get(name)) if named else fields.get(name, 1) == 1


def _paths(template: str) -> list[str]:
    """What a template names, but for what is the system's, which is not shown in it."""
    found = (place[1].strip() for place in _PLACE.finditer(template))
    return [path for path in found if path and not path.startswith("_")]


def _text(template: str, document: Mapping[str, Any]) -> str:
    parts, size, at = [], 0, 0
    for place in _PLACE.finditer(template):
        parts += [template[at : place.start()], _value(document, place[1].strip())]
        at = place.end()
        size += len(parts[-2]) + len(parts[-1])
        if size > _MOST_CHARACTERS:
            break
    return "".join([*parts, template[at:]])[:_MOST_CHARACTERS]


def _value(document: Mapping[str, Any], path: str) -> str:
    if path.startswith("_") and path != "_id":
        return ""
    found: list[Any] = [document]
    for name in path.split("."):
        found = [item.get(name) for item in _spread(found) if isinstance(item, Mapping)]
    return ", ".join(_shown(item) for item in _spread(found) if item is not None)


def _spread(values: Iterable[Any]) -> list[Any]:
    """Values, with the elements of arrays in place of these."""
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else engine.dumps(value).decode().strip('"')
    return text[:_MOST_CHARACTERS]
