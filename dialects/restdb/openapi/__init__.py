"""Operations of the REST dialect for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dialects.restdb.openapi.documents import DOCUMENTS, ERROR_SCHEMA, META, REALTIME
from dialects.restdb.openapi.extras import MAIL, MEDIA, PEOPLE, SCRIPTS, SETTINGS
from web.openapi import Operation, add

OPERATIONS: Sequence[Operation] = (*DOCUMENTS, *META, *REALTIME, *SCRIPTS, *MEDIA, *MAIL, *PEOPLE, *SETTINGS)


def add_operations(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the operations to the document; called by drf-spectacular."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).setdefault("RestError", ERROR_SCHEMA)
    schemes = components.setdefault("securitySchemes", {})
    schemes.setdefault("x-apikey", {"type": "apiKey", "in": "header", "name": "x-apikey"})
    schemes.setdefault("apikey", {"type": "apiKey", "in": "query", "name": "apikey"})
    return add(result, OPERATIONS)
