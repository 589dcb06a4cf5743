"""One change of a collection's declaration, from what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

import engine
from dashboard.database.database_forms import declaration, field_rows
from web.parsing import json_text

_MOST = 100_000
_JSON_SCHEMA = {True: "; validate with the JSON Schema", False: ""}


def change_of(data: QueryDict) -> dict[str, Any]:
    """What the service takes: one operation on a field, or the collection's own rules; raises `Invalid`."""
    match data.get("op"):
        case "add":
            return {"operations": [{"op": "add", "field": _field(data)}]}
        case "retype":
            return {"operations": [{"op": "retype", "field": _field(data)}]}
        case "rename":
            names = {"name": data.get("name", ""), "to": data.get("to", "").strip()}
            return {"operations": [{"op": "rename", **names}]}
        case "drop":
            return {"operations": [{"op": "drop", "name": data.get("name", "")}]}
        case "title":
            return {"title_field": data.get("title_field") or None}
        case "rules":
            rules = {"strict": data.get("strict") == "on", "history": _history(data)}
            return rules | (_json_schema(data["json_schema"]) if "json_schema" in data else {})
    raise engine.Invalid("Unknown change.")


def in_words(wanted: Mapping[str, Any]) -> str:
    """Return a sentence that describes the change."""
    for operation in wanted.get("operations", []):
        match operation["op"]:
            case "add":
                return f"Add the field {operation['field']['name']} ({operation['field']['type']})."
            case "retype":
                return f'Change "{operation["field"]["name"]}" to {operation["field"]["type"]}.'
            case "rename":
                return f"Rename {operation['name']} to {operation['to']}, in all documents."
            case "drop":
                return f"Drop {operation['name']} and remove its values from all documents."
    if "title_field" in wanted:
        name = wanted["title_field"]
        return f"Use {name} as the title field." if name else "Choose the title field automatically."
    strict = "Reject" if wanted["strict"] else "Accept"
    history = "keep history" if wanted["history"] else "turn history off and delete the stored versions"
    return f"{strict} undeclared fields; {history}{_JSON_SCHEMA[bool(wanted.get('json_schema'))]}."


def _field(data: QueryDict) -> dict[str, Any]:
    rows = field_rows(data)
    if not rows:
        raise engine.Invalid("Name the field.")
    return declaration(rows[0])


def _json_schema(text: str) -> dict[str, Any]:
    """Return the JSON Schema that was typed; an empty text removes it."""
    return {"json_schema": json_text("json_schema", text) if text.strip() else None}


def _history(data: QueryDict) -> Any:
    if data.get("history") != "on":
        return False
    bounds = {name: _whole(data, f"history_{name}") for name in ("days", "versions")}
    return {name: bound for name, bound in bounds.items() if bound is not None} or True


def _whole(data: QueryDict, name: str) -> int | None:
    """Left empty it is unbounded."""
    text = data.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _MOST and len(text) < 9):
        raise engine.Invalid(f"For history, name whole numbers from 1 to {_MOST}, or leave the fields empty.")
    return int(text)
