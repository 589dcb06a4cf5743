"""Schemas that several operations of the data API share."""

from __future__ import annotations

from engine.schema import LOCALES
from web.openapi import TEXT, members

COLLATION = members(
    {"locale": {"type": "string", "enum": list(LOCALES)}},
    {"strength": {"type": "integer", "enum": [1, 2, 3], "default": 3}},
)
COLLATION_QUERY = ("collation", TEXT, False, 'How text is compared: {"locale": "en", "strength": 2}.')
