"""Generated JavaScript API of a database: three forms of one library, its types and its documentation page."""

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
from dialects.restdb.auth.access import visible_collections
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
# Methods of an instance's prototype: a field of the same name hides them; children of the same name are omitted.
METHODS = ("save", "delete", "reload", "on", "children")
# Members of the database object and of every object, and those that promises and JSON look up.
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
_CACHE_SIZE = 200


@dataclass(frozen=True)
class ScriptSource:
    """Input of a script, as text so that equal inputs share a cached script.

    `schema` is JSON, or empty for no names. With `partial` there may be other collections than the named ones.
    """

    database: str
    name: str = ""
    schema: str = ""
    partial: bool = False

    @property
    def base(self) -> str:
        return f"{settings.BASE_URL}/db/{quote(self.database, safe='')}"

    def version(self, form: str) -> str:
        """Return a hash that changes with everything that changes the script."""
        text = "\n".join((form, self.base, self.name, self.schema, str(self.partial), _templates()))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def source(
    database: str,
    specs: Mapping[str, engine.CollectionSpec] | None,
    *,
    name: str = "",
    web: BrowserKeyScope | None = None,
    partial: bool = False,
) -> ScriptSource:
    """Return the input for a database: the collections that a key's paths allow; without `specs` no names."""
    if specs is None:
        return ScriptSource(database)
    visible = visible_collections(specs, web)
    collections = [_collection(visible[collection], visible) for collection in sorted(visible)]
    return ScriptSource(database, name, json.dumps(collections, default=str), partial)


def _collection(spec: engine.CollectionSpec, siblings: Mapping[str, engine.CollectionSpec]) -> dict[str, Any]:
    return {
        "name": spec.name,
        "strict": spec.schema.strict,
        "fields": [field.as_dict() for field in spec.schema.visible_fields],
        "children": child_fields(spec.name, siblings),
    }


@lru_cache(maxsize=_CACHE_SIZE)
def render(source: ScriptSource, form: str) -> bytes:
    """Render one of `FORMS`."""
    collections = json.loads(source.schema) if source.schema else []
    names = [item["name"] for item in collections]
    properties, types = _properties(names), _type_names(names)
    described = [_describe(item, properties[item["name"]], types) for item in collections]
    data = {
        "url": source.base,
        "known": bool(source.schema) and not source.partial,
        "collections": [
            {
                "name": item["name"],
                "property": item["property"],
                "fields": [field["name"] for field in item["fields"]] if item["strict"] else None,
                "children": item["children"],
            }
            for item in described
        ],
    }
    context = {
        "base": source.base,
        "comment": source.base.replace("*/", "*%2F"),
        "name": source.name,
        "version": source.version(form),
        "known": data["known"],
        "collections": described,
        "given": _script_json(json.dumps(data)),
    }
    return render_to_string(FORMS[form][0], context).encode()


def _describe(item: Mapping[str, Any], property_name: str, types: Mapping[str, str]) -> dict[str, Any]:
    name = item["name"]
    is_word = bool(_WORD.fullmatch(property_name))
    fields = [field["name"] for field in item["fields"]]
    hidden = [method for method in METHODS if method in fields]
    return {
        **item,
        "title": _comment(name),
        "type": types[name],
        "property": property_name,
        "key": property_name if is_word else _script_json(property_name),
        "hidden": " | ".join(map(_script_json, hidden)) or "never",
        "helpers": [
            {"key": _script_json(field), "type": types[child]}
            for field, child in item["children"].items()
            if field not in {*fields, *METHODS, *_OF_EVERY_OBJECT}
        ],
        "access": f"db.{property_name}" if is_word else f"(db.collection({json.dumps(name)}))",
        "fields": [_field(field, types) for field in item["fields"]],
    }


def _field(field: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    required = field.get("required", False)
    return {
        "name": field["name"],
        "key": _script_json(field["name"]),
        # TypeScript would take the members of every object for these.
        "declared": field["name"] not in _OF_EVERY_OBJECT,
        "type": _type(field, types) if required else f"{_type(field, types)} | null",
        "kind": field["type"],
        "required": required,
        "description": field.get("description", ""),
    }


def _type(field: Mapping[str, Any], types: Mapping[str, str]) -> str:
    if values := field.get("enum"):
        return " | ".join(_script_json(value) for value in values)
    if field["type"] == "reference" and field["name"] not in PARENT:
        target = "any" if field.get("path") else types.get(field["collection"], "any")
        return f"Link<{target}>"
    return _TYPES.get(field["type"], "string")


def _properties(names: Sequence[str]) -> dict[str, str]:
    """Return the property of the database object for each collection; empty if it is reserved or taken.

    A name that is a property as it stands takes precedence over names that lose characters.
    """
    properties: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (not name.isalnum(), name)):
        property_name = "".join(letter for letter in name if letter.isalnum())
        properties[name] = (
            "" if property_name in RESERVED or property_name in properties.values() else property_name
        )
    return properties


def _type_names(names: Sequence[str]) -> dict[str, str]:
    """Return a unique TypeScript name for each collection. Names that clash or lose characters get a hash."""
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
    """Return JSON that is safe inside scripts, including scripts of HTML pages."""
    text = json.dumps(value)  # ASCII only: U+2028 would end a line
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("*/", "*\\/")


@lru_cache(maxsize=1)
def _templates() -> str:
    """Return a hash of the templates."""
    content = b"".join(path.read_bytes() for path in sorted(TEMPLATES.iterdir()))
    return hashlib.sha256(content).hexdigest()
