"""The generated JavaScript API of a database: three forms of one library, its types and its page."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.template.loader import render_to_string

import engine
from accounts.principal import BrowserKeyScope
from dialects.restdb.auth.access import told
from dialects.restdb.documents.relations import child_fields
from dialects.restdb.system_fields import PARENT

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "restdb"
SCRIPT, _PAGE = "text/javascript; charset=utf-8", "text/html; charset=utf-8"
FORMS: Mapping[str, tuple[str, str]] = {
    "jquery": ("restdb/jquery.js", SCRIPT),
    "plain": ("restdb/plain.js", SCRIPT),
    "module": ("restdb/module.js", SCRIPT),
    "types": ("restdb/types.d.ts", SCRIPT),
    "page": ("restdb/doc.html", _PAGE),
}
_TYPES: Mapping[str, str] = {
    "number": "number",
    "autonumber": "number",
    "boolean": "boolean",
    "object": "Record<string, any>",
    "array": "any[]",
    "json": "any",
    "null": "null",
    "decimal128": "string | number",
    "regex": "{ pattern: string; options?: string }",
    "timestamp": "string | { t: number; i: number }",
}
# What an instance has by its prototype: a field of such a name hides it, children of such a name do not show.
METHODS = ("save", "delete", "reload", "on", "children")
# What the database object has of its own or as every object, and what promises and JSON ask an object for.
_OF_EVERY_OBJECT = frozenset(
    {"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"}
    | {"toLocaleString", "toString", "valueOf"}
)
RESERVED = _OF_EVERY_OBJECT | {
    *("on", "publish", "logging", "url", "apikey", "collection", "close"),
    *("then", "toJSON"),
}
_WORD = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_NO_LETTER = re.compile(r"[^A-Za-z0-9]")
_MOST_KEPT = 200


@dataclass(frozen=True)
class Source:
    """What a script is made of, as text so that equal ones are remembered; `schema` is JSON, "" for no names.

    With `partial` there may be other collections than those that are named.
    """

    database: str
    name: str = ""
    schema: str = ""
    partial: bool = False

    @property
    def base(self) -> str:
        return f"{settings.BASE_URL}/db/{quote(self.database, safe='')}"

    def version(self, form: str) -> str:
        """Another one for everything that makes another script."""
        text = "\n".join((form, self.base, self.name, self.schema, str(self.partial), _templates()))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def source(
    database: str,
    specs: Mapping[str, engine.Spec] | None,
    *,
    name: str = "",
    web: BrowserKeyScope | None = None,
    partial: bool = False,
) -> Source:
    """Of a database whose collections may be told, as far as a key's paths lead to them, or of any."""
    if specs is None:
        return Source(database)
    shown = told(specs, web)
    listed = [_collection(shown[known], shown) for known in sorted(shown)]
    return Source(database, name, json.dumps(listed, default=str), partial)


def _collection(spec: engine.Spec, siblings: Mapping[str, engine.Spec]) -> dict[str, Any]:
    return {
        "name": spec.name,
        "strict": spec.schema.strict,
        "fields": spec.schema.as_list(),
        "children": child_fields(spec.name, siblings),
    }


@lru_cache(maxsize=_MOST_KEPT)
def render(found: Source, form: str) -> bytes:
    """The text of a form."""
    listed = json.loads(found.schema) if found.schema else []
    names = [item["name"] for item in listed]
    properties, types = _properties(names), _type_names(names)
    shown = [_shown(item, properties[item["name"]], types) for item in listed]
    given = {
        "url": found.base,
        "known": bool(found.schema) and not found.partial,
        "collections": [
            {
                "name": item["name"],
                "property": item["property"],
                "fields": [field["name"] for field in item["fields"]] if item["strict"] else None,
                "children": item["children"],
            }
            for item in shown
        ],
    }
    context = {
        "base": found.base,
        "comment": found.base.replace("*/", "*%2F"),
        "name": found.name,
        "version": found.version(form),
        "known": given["known"],
        "collections": shown,
        "given": _script_json(json.dumps(given)),
    }
    return render_to_string(FORMS[form][0], context).encode()


def _shown(item: Mapping[str, Any], own: str, types: Mapping[str, str]) -> dict[str, Any]:
    name = item["name"]
    reachable = bool(_WORD.fullmatch(own))
    fields = [field["name"] for field in item["fields"]]
    hidden = [method for method in METHODS if method in fields]
    return {
        **item,
        "title": _comment(name),
        "type": types[name],
        "property": own,
        "key": own if reachable else _script_json(own),
        "hidden": " | ".join(map(_script_json, hidden)) or "never",
        "helpers": [
            {"key": _script_json(field), "type": types[child]}
            for field, child in item["children"].items()
            if field not in {*fields, *METHODS, *_OF_EVERY_OBJECT}
        ],
        "access": f"db.{own}" if reachable else f"(db.collection({json.dumps(name)}))",
        "fields": [_field(field, types) for field in item["fields"]],
    }


def _field(field: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    required = field.get("required", False)
    return {
        "name": field["name"],
        "key": _script_json(field["name"]),
        # TypeScript takes what every object has for these.
        "declared": field["name"] not in _OF_EVERY_OBJECT,
        "type": _type(field, types) if required else f"{_type(field, types)} | null",
        "kind": field["type"],
        "required": required,
        "description": field.get("description", ""),
    }


def _type(field: Mapping[str, Any], types: Mapping[str, str]) -> str:
    if listed := field.get("enum"):
        return " | ".join(_script_json(value) for value in listed)
    if field["type"] == "reference" and field["name"] not in PARENT:
        return f"Link<{types.get(field['collection'], 'any')}>"
    return _TYPES.get(field["type"], "string")


def _properties(names: Sequence[str]) -> dict[str, str]:
    """The collections as properties of the database object; "" for what is reserved, or another's before it.

    A name that is a property as it stands comes before those that lose letters.
    """
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (not name.isalnum(), name)):
        own = "".join(letter for letter in name if letter.isalnum())
        found[name] = "" if own in RESERVED or own in found.values() else own
    return found


def _type_names(names: Sequence[str]) -> dict[str, str]:
    """Names of TypeScript; a mark keeps apart what is the same without it, or has lost letters."""
    marked = {name: _type_name(name, hashlib.sha256(name.encode()).hexdigest()[:6]) for name in names}
    plain = {name: _type_name(name) for name in names if not _NO_LETTER.search(name)}
    taken = Counter((*plain.values(), *marked.values()))
    return {name: plain[name] if name in plain and taken[plain[name]] == 1 else marked[name] for name in names}


def _type_name(name: str, mark: str = "") -> str:
    plain = _NO_LETTER.sub("", name)
    return f"{'T' if not plain or plain[0].isdigit() else ''}{plain[:1].upper()}{plain[1:]}{mark}Data"


def _comment(text: str) -> str:
    return text.replace("*/", "* /")


def _script_json(value: Any) -> str:
    """JSON that may stand in a script, in a page's script as well."""
    text = json.dumps(value)  # ASCII alone, so U+2028 is no end of a line
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("*/", "*\\/")


@lru_cache(maxsize=1)
def _templates() -> str:
    """What the templates are, told by their content."""
    read = b"".join(path.read_bytes() for path in sorted(TEMPLATES.iterdir()))
    return hashlib.sha256(read).hexdigest()
