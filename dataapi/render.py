"""The answers of /api/crud, in the shapes that DataCube publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId
from django.conf import settings

import engine
from features.jobs.services import Status
from web.errors import detail_of, status_of


def envelope(error: engine.Error) -> dict[str, Any]:
    """`{success, message, errors: [{field, message, index?}]}`, and what a kind tells besides."""
    return {
        "success": False,
        "message": error.message,
        "errors": [fault.as_dict() for fault in error.errors],
        **error.details,
        **detail_of(error),
    }


def inserted(ids: Sequence[ObjectId]) -> dict[str, Any]:
    return {"success": True, "inserted_ids": ids}


def listed(found: engine.Page, *, page: int | None, page_size: int) -> dict[str, Any]:
    """`page` is null after a cursor; `count` says what the totals are, which are null where none is counted."""
    return {**listed_as_of(found, page=page, page_size=page_size), "next": found.next}


def listed_as_of(found: engine.Page, *, page: int | None, page_size: int) -> dict[str, Any]:
    """Without `next`: the pages of a moment do not change, so that their numbers do."""
    pages = None if found.total is None else -(-found.total // page_size)
    return {
        "success": True,
        "data": found.documents,
        "pagination": {
            "page": page,
            "page_size": page_size,
            "total_items": found.total,
            "total_pages": pages,
            "count": found.count,
        },
    }


def updated(count: int) -> dict[str, Any]:
    return {"success": True, "modified_count": count}


def upserted(written: engine.Written) -> dict[str, Any]:
    """As `updated`; `upserted_id` is null where a document matched."""
    return {**updated(written.count), "upserted_id": written.id}


def preview(found: engine.Preview) -> dict[str, Any]:
    samples = [{"_id": item.id, "before": item.before, "after": item.after} for item in found.samples]
    return {"success": True, "dry_run": True, "matched_count": found.count, "sample": samples}


def done(
    operations: Sequence[engine.Operation], results: Sequence[engine.Written | engine.Error]
) -> dict[str, Any]:
    """`{success, results: [{index, ok, …}]}`; `success` is that of all operations."""
    rows = [
        {"index": index, **_outcome(operation, result)}
        for index, (operation, result) in enumerate(zip(operations, results, strict=True))
    ]
    return {"success": all(row["ok"] for row in rows), "results": rows}


def _outcome(operation: engine.Operation, result: engine.Written | engine.Error) -> dict[str, Any]:
    if isinstance(result, engine.Error):
        faults = [fault.as_dict() for fault in result.errors]
        return {"ok": False, "error": {"status": status_of(result), "message": result.message, "errors": faults}}
    if isinstance(operation, engine.Insert):
        return {"ok": True, "inserted_id": result.id}
    if isinstance(operation, engine.Delete):
        return {"ok": True, "deleted_count": result.count}
    made = {"upserted_id": result.id} if operation.upsert else {}
    return {"ok": True, "modified_count": result.count, **made}


def etag(document_id: ObjectId | str, version: int) -> str:
    """The ETag of one document: strong, because its version rises with every change."""
    return f'"{str(document_id).lower()}-{version}"'


def deleted(count: int) -> dict[str, Any]:
    return {"success": True, "count": count, "deleted_count": count}


def document(found: dict[str, Any]) -> dict[str, Any]:
    return {"success": True, "data": found}


def states(found: engine.States, *, document_id: ObjectId) -> dict[str, Any]:
    """`{success, document_id, versions: [{version, from, changed_by, superseded_at, superseded_by, …}], more}`."""
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
        "superseded_at": stamps.get("superseded_at"),
        "superseded_by": stamps.get("superseded_by"),
        "superseded_by_operation": stamps.get("superseded_by_operation"),
        "superseded_via": stamps.get("superseded_via"),
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


def distinct(found: engine.Distinct, *, field: str) -> dict[str, Any]:
    return {"success": True, "field": field, "values": found.values, "truncated": found.truncated}


def aggregated(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"success": True, "data": found}


def explained(found: engine.Explanation, *, database_id: str, collection: str) -> dict[str, Any]:
    """`advice` is the call that makes an index, or null."""
    body = {"database_id": database_id, "collection_name": collection, "keys": _index_keys(found.advice)}
    text = "The whole collection was walked through for few documents; this index would spare that."
    advice = {"message": text, "method": "POST", "path": "/api/indexes", "body": body}
    told = {
        "index": found.index,
        "stage": found.stage,
        "keys_examined": found.keys_examined,
        "documents_examined": found.documents_examined,
        "returned": found.returned,
        "milliseconds": found.milliseconds,
        "advice": advice if found.advice else None,
    }
    return {"success": True, "explain": told}


def indexes(found: Sequence[engine.Index]) -> dict[str, Any]:
    return {"success": True, "indexes": [_index(item) for item in found]}


def index_name(name: str) -> dict[str, Any]:
    return {"success": True, "name": name}


def _index(item: engine.Index) -> dict[str, Any]:
    return {
        "name": item.name,
        "keys": _index_keys(item.keys),
        "unique": item.unique,
        "sparse": item.sparse,
        "partial_filter": item.partial,
        "expire_after_seconds": item.expires,
        "collation": item.collation and item.collation.as_dict(),
        **(item.text.as_dict() if item.text else {}),
        "of_schema": item.of_schema,
        "building": item.building,
        "size": item.size,
        "uses": item.uses,
        "uses_since": item.since,
    }


def _index_keys(keys: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [{"field": path, "order": order} for path, order in keys]


def accepted(job_id: str) -> dict[str, Any]:
    """Long work that goes on."""
    return {
        "success": True,
        "job_id": job_id,
        "status_url": f"{settings.BASE_URL}/api/job_status?job_id={job_id}",
    }


def restored(status: Status) -> dict[str, Any]:
    """A restore to a moment that is done, or that was only tried: the counts of each collection."""
    collections = {
        name: {what if what == "schema_changes" else f"{what}_count": count for what, count in counts.items()}
        for name, counts in status.result["collections"].items()
    }
    return {
        "success": True,
        "dry_run": status.dry_run,
        "job_id": status.job_id,
        "collections": collections,
        "skipped": status.result["skipped"],
    }


def forgotten(count: int) -> dict[str, Any]:
    return {"success": True, "forgotten_versions": count}
