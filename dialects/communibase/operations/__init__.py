"""The declared operations of this dialect, by subject."""

from __future__ import annotations

from typing import Any

from dialects.communibase.operations import documents, files, history, sockets
from dialects.communibase.operations.shapes import CommunibaseError
from web.operations.schemas import schema_of

OPERATIONS = (*documents.OPERATIONS, *history.OPERATIONS, *files.OPERATIONS, *sockets.OPERATIONS)
# What the OpenAPI document has besides operations.
COMPONENTS: dict[str, dict[str, Any]] = {
    "schemas": {"CommunibaseError": schema_of(CommunibaseError)},
    "securitySchemes": {
        "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        "api_key": {"type": "apiKey", "in": "query", "name": "api_key"},
        "x-access-token": {"type": "apiKey", "in": "header", "name": "x-access-token"},
    },
}
