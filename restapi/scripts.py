"""The generated JavaScript API of a database: three forms of one library, its types and its page."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.template.loader import render_to_string

import engine
from accounts.principal import Web
from restapi.access import told
from restapi.relations import child_fields

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "restapi"
_SCRIPT, _PAGE = "text/javascript; charset=utf-8", "text/html; charset=utf-8"
FORMS: Mapping[str, tuple[str, str]] = {
    "jquery": ("restapi/jquery.js", _SCRIPT),
    "plain": ("restapi/plain.js", _SCRIPT),
    "module": ("restapi/module.js", _SCRIPT),
    "types": ("restapi/types.d.ts", _SCRIPT),
    "page": ("restapi/doc.html", _PAGE),
}
_TYPES: Mapping[str, str] = {
    "number": "number",
    "autonumber": "number",
    "boolean": "boolean",
    "object": "Record<string, any>",
    "array": "any[]",
    "json": "any",
}
_RESERVED = frozenset({"on", "publish", "logging", "url", "apikey", "collection", "close"})
_WORD = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_MOST_KEPT = 200


@dataclass(frozen=True)
class Source:
    """What a script is made of, as text so that equal ones are remembered; `schema` is JSON, "" for no names."""

    database: str
    name: str = ""
    schema: str = ""

    @property
    def base(self) -> str:
        return f"{settings.BASE_URL}/db/{quote(self.database, safe='')}"

    def version(self, form: str) -> str:
        """Another one for everything that makes another script."""
        text = "\n".join((form, self.base, self.name, self.schema, _templates()))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def source(
    database: str, specs: Mapping[str, engine.Spec] | None, *, name: str = "", web: Web | None = None
) -> Source:
    """Of a database whose collections may be told, as far as a key's paths lead to them, or of any."""
    if specs is None:
        return Source(database)
    shown = told(specs, web)
    listed = [_collection(shown[known], shown) for known in sorted(shown)]
    return Source(database, name, json.dumps(listed, default=str))


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
    shown = [_shown(item, listed) for item in listed]
    given = {
        "url": found.base,
        "known": bool(found.schema),
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
        "given": _script_json(given),
    }
    return render_to_string(FORMS[form][0], context).encode()


def _shown(item: Mapping[str, Any], all_of_them: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    name = item["name"]
    own = _property(name)
    first = next(other["name"] for other in all_of_them if _property(other["name"]) == own)
    reachable = bool(_WORD.fullmatch(own)) and own not in _RESERVED and first == name
    return {
        **item,
        "title": _comment(name),
        "type": _type_name(name),
        "property": own if own not in _RESERVED and first == name else "",
        "reachable": reachable,
        "access": f"db.{own}" if reachable else f"(db.collection({json.dumps(name)}))",
        "fields": [_field(field) for field in item["fields"]],
    }


def _field(field: Mapping[str, Any]) -> dict[str, Any]:
    listed = field.get("enum")
    known = " | ".join(_script_json(value) for value in listed) if listed else _TYPES.get(field["type"], "string")
    many = f"({known})[]" if field.get("many") else known
    return {
        "name": field["name"],
        "key": _script_json(field["name"]),
        "type": many,
        "kind": field["type"],
        "required": field.get("required", False),
        "description": field.get("description", ""),
    }


def _property(name: str) -> str:
    """The name of a collection as a property of the database object."""
    return "".join(letter for letter in name if letter.isalnum())


def _type_name(name: str) -> str:
    """A name of TypeScript; the digits at its end keep names apart that differ in other letters."""
    plain = re.sub(r"[^A-Za-z0-9]", "", name)
    mark = "" if plain == name else hashlib.sha256(name.encode()).hexdigest()[:6]
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
