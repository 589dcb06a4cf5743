"""The answers of /api/crud, in the shapes that DataCube publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def document(found: dict[str, Any]) -> dict[str, Any]:
    return {"success": True, "data": found}


def states(found: engine.States, *, document_id: ObjectId) -> dict[str, Any]:
    """`{success, document_id, versions: [{version, from, changed_by, until, ended_by, …}], more}`."""
    return {
        "success": True,
        "document_id": document_id,
        "versions": [_state(state["_sys"]) for state in found.documents],
        "more": found.more,
    }


def found_states(found: engine.States) -> dict[str, Any]:
    """States as documents; the `_sys` of one that is over tells when and how it ended."""
    return {"success": True, "data": found.documents, "more": found.more}


def differences(found: Sequence[engine.Difference]) -> dict[str, Any]:
    """`changes: [{field, before, after}]`, without the side on which the field is absent."""
    return {"success": True, "changes": [_difference(item) for item in found]}


def _state(stamps: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": stamps["version"],
        "from": stamps["updated"],
        "changed_by": stamps["updated_by"],
        "until": stamps.get("until"),
        "ended_by": stamps.get("ended_by"),
        "ended_as": stamps.get("ended_as"),
        "ended_via": stamps.get("ended_via"),
    }


def _difference(item: engine.Difference) -> dict[str, Any]:
    sides = {"before": item.before, "after": item.after}
    return {"field": item.path, **{side: value for side, value in sides.items() if value is not engine.ABSENT}}


def happenings(found: Sequence[engine.Happening], *, reached: engine.Token) -> dict[str, Any]:
    """`{success, events: [{collection, operation, document_id, version, actor, at}], next}`."""
    return {"success": True, "events": [happening(item) for item in found], "next": str(reached)}


def happening(item: engine.Happening) -> dict[str, Any]:
    return {
        "collection": item.collection,
        "operation": item.operation,
        "document_id": item.document_id,
        "version": item.version,
        "actor": item.actor,
        "at": item.at,
        "token": str(item.token),
    }
