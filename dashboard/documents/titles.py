"""The title of a document: the declared title field of its collection, else a sensible guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import engine

MAX_LABEL_LENGTH = 80
# Names that title fields usually have, the most likely first.
_USUAL = ("title", "name", "label", "displayname", "fullname", "subject", "headline", "username", "email", "slug")
_ENDINGS = ("title", "name")
_TEXT_TYPES = frozenset({"string", "email", "enum"})


def title_field(spec: engine.Spec, documents: Iterable[Mapping[str, Any]] = ()) -> str:
    """Return the field that names a document of this collection; `_id` where no field is a likely title.

    `documents` are examples, for collections that declare no text field.
    """
    if spec.title_field:
        return spec.title_field
    names = [field.name for field in spec.schema.fields if field.type in _TEXT_TYPES]
    names += _text_fields(documents, skip={field.name for field in spec.schema.fields})
    plain = {name: "".join(filter(str.isalnum, name)).lower() for name in names}
    for usual in _USUAL:
        if found := next((name for name in names if plain[name] == usual), ""):
            return found
    likely = next((name for name in names if plain[name].endswith(_ENDINGS)), "")
    return likely or (names[0] if names else "_id")


def label(document: Mapping[str, Any], field: str) -> str:
    """Return the title of one document as one short line; its id where the title is missing or empty."""
    value = document.get(field)
    text = value if type(value) is str else "" if value is None else engine.dumps(value).decode().strip('"')
    line = " ".join(text[: 4 * MAX_LABEL_LENGTH].split())
    if not line:
        return str(document["_id"])
    return line if len(line) <= MAX_LABEL_LENGTH else f"{line[:MAX_LABEL_LENGTH]}…"


def _text_fields(documents: Iterable[Mapping[str, Any]], *, skip: Iterable[str]) -> list[str]:
    """Undeclared fields that hold text in at least one of the documents, in document order."""
    declared = {*skip, "_id", "_sys"}
    found: dict[str, None] = {}
    for document in documents:
        found |= {name: None for name, value in document.items() if type(value) is str and name not in declared}
    return [*found]
