"""What the OpenAPI document says of the data API."""

from __future__ import annotations

from typing import Any

from api.openapi import add
from dataapi.openapi import documents, events, history, indexes, queries, writes

OPERATIONS = (
    writes.INSERT,
    *documents.OPERATIONS,
    *writes.OPERATIONS,
    *queries.OPERATIONS,
    *indexes.OPERATIONS,
    *history.OPERATIONS,
    *events.OPERATIONS,
)


def add_operations(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's hook."""
    return add(result, OPERATIONS)
