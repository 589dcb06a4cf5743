"""Documents as clients send them, made ready for the engine."""

from __future__ import annotations

from typing import Any

import engine
from dialects.communibase.entity_types.model import ID, EntityType
from dialects.communibase.query.names import STAMPS
from web.errors import NOT_FOUND

_NO_DOCUMENT = "The body must be a JSON object, the whole document."
_HAS_ID = "A new document has no _id; send PUT to its own address to change a document."
_OTHER_ID = "Must be the id of the address."


def new_members(body: Any, entity_type: EntityType, schema: engine.Schema, *, id: str = "") -> dict[str, Any]:
    """Return the members of a document, without what the service sets itself: clients send whole documents back.

    `id` is that of the address. Raises `Invalid` for another `_id` in the body.
    """
    if type(body) is not dict:
        raise engine.Invalid(_NO_DOCUMENT)
    if body.get("_id") not in (None, "", id):
        raise engine.Invalid.of_field("_id", _OTHER_ID if id else _HAS_ID)
    own = {name for name in STAMPS if name not in entity_type.by_title} | {"_id"}
    members = {name: value for name, value in body.items() if name not in own}
    if schema.strict:
        members = {name: value for name, value in members.items() if name in schema.by_name}
    writable: dict[str, Any] = schema.without_unwritable(members)
    return writable


def known_id(text: str) -> str:
    """Return the id of a document. Raises `NotFound` for any other text."""
    if not ID.fullmatch(text):
        raise engine.NotFound(NOT_FOUND)
    return text
