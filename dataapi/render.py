"""The answers of /api/crud, in the shapes that DataCube publishes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

import engine


def envelope(error: engine.Error) -> dict[str, Any]:
    """`{success, message, errors: [{field, message, index?}]}`."""
    return {
        "success": False,
        "message": error.message,
        "errors": [fault.as_dict() for fault in error.errors],
    }


def inserted(ids: Sequence[ObjectId]) -> dict[str, Any]:
    return {"success": True, "inserted_ids": ids}


def listed(found: engine.Page, *, page: int, page_size: int) -> dict[str, Any]:
    return {
        "success": True,
        "data": found.documents,
        "pagination": {
            "page": page,
            "page_size": page_size,
            "total_items": found.total,
            "total_pages": -(-found.total // page_size),
        },
    }


def updated(count: int) -> dict[str, Any]:
    return {"success": True, "modified_count": count}


def deleted(count: int) -> dict[str, Any]:
    return {"success": True, "count": count, "deleted_count": count}
