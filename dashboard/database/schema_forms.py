"""Schema changes from submitted forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

import engine
from dashboard.database.database_forms import declaration, field_rows
from web.requests.body import json_text

MAX_LIMIT = 100_000
_JSON_SCHEMA = {True: "; validate with the JSON Schema", False: ""}


def change_of(data: QueryDict) -> dict[str, Any]:
    """Return the change as the service expects it: one field operation or collection rules. Raises `Invalid`."""
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
            return rules | (_json_schema(data.get("json_schema", "")) if "json_schema" in data else {})
    raise engine.Invalid("Unknown change.")


def describe(change: Mapping[str, Any]) -> str:
    """Return a sentence that describes the change."""
    for operation in change.get("operations", []):
        match operation["op"]:
            case "add":
                return f"Add the field {operation['field']['name']} ({operation['field']['type']})."
            case "retype":
                return f'Change "{operation["field"]["name"]}" to {operation["field"]["type"]}.'
            case "rename":
                return f"Rename {operation['name']} to {operation['to']}, in all documents."
            case "drop":
                return f"Drop {operation['name']} and remove its values from all documents."
    if "title_field" in change:
        name = change["title_field"]
        return f"Use {name} as the title field." if name else "Choose the title field automatically."
    strict = "Reject" if change["strict"] else "Accept"
    history = "keep history" if change["history"] else "turn history off and delete the stored versions"
    return f"{strict} undeclared fields; {history}{_JSON_SCHEMA[bool(change.get('json_schema'))]}."


def _field(data: QueryDict) -> dict[str, Any]:
    rows = field_rows(data)
    if not rows:
        raise engine.Invalid("Enter the name of the field.")
    return declaration(rows[0])


def _json_schema(text: str) -> dict[str, Any]:
    """Return the submitted JSON Schema. An empty text removes it."""
    return {"json_schema": json_text("json_schema", text) if text.strip() else None}


def _history(data: QueryDict) -> Any:
    if data.get("history") != "on":
        return False
    limits = {name: _positive_integer(data, f"history_{name}") for name in ("days", "versions")}
    return {name: limit for name, limit in limits.items() if limit is not None} or True


def _positive_integer(data: QueryDict, name: str) -> int | None:
    """Return a submitted number, or None for no limit. Raises `Invalid`."""
    text = data.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT and len(text) < 9):
        raise engine.Invalid(f"History limits are whole numbers from 1 to {MAX_LIMIT}, or empty.")
    return int(text)
