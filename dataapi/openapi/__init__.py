"""The operations of the data API in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from dataapi.openapi import documents, events, history, indexes, v2, writes
from dataapi.operations import queries
from web.openapi import add

OPERATIONS = (
    writes.INSERT,
    *documents.OPERATIONS,
    *writes.OPERATIONS,
    *queries.OPERATIONS,
    *indexes.OPERATIONS,
    *history.OPERATIONS,
    *events.OPERATIONS,
    *v2.OPERATIONS,
)


def add_operations(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the operations to the document; a postprocessing hook of drf-spectacular."""
    return add(result, OPERATIONS)
