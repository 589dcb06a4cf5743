"""The title of a document: the declared title field of its collection, else a guess by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import engine
from engine.encoding import dumps

MAX_LABEL_LENGTH = 80
# Common names of title fields, the most likely first.
_COMMON_NAMES = (
    "title",
    "name",
    "label",
    "displayname",
    "fullname",
    "subject",
    "headline",
    "username",
    "email",
    "slug",
)
_ENDINGS = ("title", "name")
_TEXT_TYPES = frozenset({"string", "email", "enum"})


def title_field(spec: engine.CollectionSpec, documents: Iterable[Mapping[str, Any]] = ()) -> str:
    """Return the title field of a collection; `_id` if no field is a likely title.

    `documents` are examples, for collections that declare no text field.
    """
    if spec.title_field:
        return spec.title_field
    names = [field.name for field in spec.schema.fields if field.type in _TEXT_TYPES]
    names += _text_fields(documents, skip={field.name for field in spec.schema.fields})
    plain = {name: "".join(filter(str.isalnum, name)).lower() for name in names}
    for common in _COMMON_NAMES:
        if match := next((name for name in names if plain[name] == common), ""):
            return match
    similar = next((name for name in names if plain[name].endswith(_ENDINGS)), "")
    return similar or (names[0] if names else "_id")


def label(document: Mapping[str, Any], field: str) -> str:
    """Return the title of a document as one short line; its id if the title is missing or empty."""
    value = document.get(field)
    text = value if type(value) is str else "" if value is None else dumps(value).decode().strip('"')
    line = " ".join(text[: 4 * MAX_LABEL_LENGTH].split())
    if not line:
        return str(document["_id"])
    return line if len(line) <= MAX_LABEL_LENGTH else f"{line[:MAX_LABEL_LENGTH]}…"


def _text_fields(documents: Iterable[Mapping[str, Any]], *, skip: Iterable[str]) -> list[str]:
    """Return undeclared fields that contain text in one of the documents, in document order."""
    declared = {*skip, "_id", "_sys"}
    names: dict[str, None] = {}
    for document in documents:
        names |= {name: None for name, value in document.items() if type(value) is str and name not in declared}
    return [*names]
