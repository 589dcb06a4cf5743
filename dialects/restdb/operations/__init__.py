"""The declared operations of this dialect, by subject."""

from __future__ import annotations

from typing import Any

from dialects.restdb.operations import database, documents, files, people
from dialects.restdb.operations.shapes import RestError
from web.operations.schemas import schema_of

OPERATIONS = (*documents.OPERATIONS, *database.OPERATIONS, *files.OPERATIONS, *people.OPERATIONS)
# What the OpenAPI document has besides operations.
COMPONENTS: dict[str, dict[str, Any]] = {
    "schemas": {"RestError": schema_of(RestError)},
    "securitySchemes": {
        "x-apikey": {"type": "apiKey", "in": "header", "name": "x-apikey"},
        "apikey": {"type": "apiKey", "in": "query", "name": "apikey"},
    },
}
