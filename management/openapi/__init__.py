"""The operations of the management API in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from management.openapi import databases, jobs, schemas, v2
from web.openapi import add

OPERATIONS = (
    *databases.OPERATIONS,
    *schemas.OPERATIONS,
    *jobs.OPERATIONS,
    *v2.OPERATIONS,
)


def add_operations(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the operations to the document; a postprocessing hook of drf-spectacular."""
    return add(result, OPERATIONS)
