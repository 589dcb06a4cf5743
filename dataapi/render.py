"""The response bodies of the data API, in the shapes that DataCube publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from bson import ObjectId
from django.conf import settings

import engine
from dataapi.operations.bulk import BulkResponse
from dataapi.operations.documents import ExplainResponse, PageResponse
from dataapi.operations.events import EventObject, EventsResponse
from dataapi.operations.history import (
    DifferenceObject,
    DiffResponse,
    PruneResponse,
    SearchResponse,
    VersionObject,
    VersionsResponse,
)
from dataapi.operations.indexes import DroppedIndexResponse, IndexesResponse, IndexObject
from dataapi.operations.queries import AggregateResponse, DistinctResponse
from dataapi.operations.restores import RestoreToResponse
from dataapi.operations.shapes import AcceptedResponse, DocumentResponse
from dataapi.operations.sql import SqlResponse
from dataapi.operations.writes import (
    DeleteResponse,
    InsertResponse,
    PreviewedChange,
    PreviewResponse,
    UpdateResponse,
)
from engine.events import Token
from engine.handles import ChangeEvent
from engine.history import ABSENT, Difference, VersionPage
from engine.indexes import Index
from engine.read import Distinct, Explanation
from engine.write import Operation, Preview, WriteResult
from features.jobs.services import Status
from features.sql.services import SqlAnswer
from web.errors import detail_of, status_of


def envelope(error: engine.Error) -> dict[str, Any]:
    """Return `{success, message, errors: [{field, message, index?}]}` and the details of this kind of error."""
    return {
        "success": False,
        "message": error.message,
        "errors": [issue.as_dict() for issue in error.errors],
        **error.details,
        **detail_of(error),
    }


def inserted(ids: Sequence[ObjectId]) -> InsertResponse:
    return {"success": True, "inserted_ids": ids}


def listed(result: engine.Page, *, page: int | None, page_size: int) -> PageResponse:
    """Return a page with `next`. `page` is null after a cursor; the totals are null where none is counted."""
    return {**listed_as_of(result, page=page, page_size=page_size), "next": result.next}


def listed_as_of(result: engine.Page, *, page: int | None, page_size: int) -> PageResponse:
    """Return a page of a past state, without `next`: it does not change, so page numbers are enough."""
    pages = None if result.total is None else -(-result.total // page_size)
    return {
        "success": True,
        "data": result.documents,
        "pagination": {
            "page": page,
            "page_size": page_size,
            "total_items": result.total,
            "total_pages": pages,
            "count": result.count,
        },
    }


def updated(count: int) -> UpdateResponse:
    return {"success": True, "modified_count": count}


def upserted(written: WriteResult) -> UpdateResponse:
    """Return the body of `updated` with `upserted_id`, which is null where a document matched."""
    return {**updated(written.count), "upserted_id": written.id}


def preview(result: Preview) -> PreviewResponse:
    samples: list[PreviewedChange] = [
        {"_id": sample.id, "before": sample.before, "after": sample.after} for sample in result.samples
    ]
    return {"success": True, "dry_run": True, "matched_count": result.count, "sample": samples}


def bulk_results(operations: Sequence[Operation], results: Sequence[WriteResult | engine.Error]) -> BulkResponse:
    """Return `{success, results: [{index, ok, …}]}`; `success` is true where every operation succeeded."""
    rows = [
        {"index": index, **_outcome(operation, result)}
        for index, (operation, result) in enumerate(zip(operations, results, strict=True))
    ]
    return {"success": all(row["ok"] for row in rows), "results": rows}


def _outcome(operation: Operation, result: WriteResult | engine.Error) -> dict[str, Any]:
    if isinstance(result, engine.Error):
        errors = [issue.as_dict() for issue in result.errors]
        return {"ok": False, "error": {"status": status_of(result), "message": result.message, "errors": errors}}
    if isinstance(operation, engine.Insert):
        return {"ok": True, "inserted_id": result.id}
    if isinstance(operation, engine.Delete):
        return {"ok": True, "deleted_count": result.count}
    is_upsert = isinstance(operation, engine.Update) and operation.upsert
    upserted_id = {"upserted_id": result.id} if is_upsert else {}
    return {"ok": True, "modified_count": result.count, **upserted_id}


def etag(document_id: ObjectId | str, version: int) -> str:
    """Return the ETag of a document: a strong one, because its version rises with every change."""
    return f'"{str(document_id).lower()}-{version}"'


def deleted(count: int) -> DeleteResponse:
    return {"success": True, "count": count, "deleted_count": count}


def document(content: dict[str, Any]) -> DocumentResponse:
    return {"success": True, "data": content}


def states(page: VersionPage, *, document_id: ObjectId) -> VersionsResponse:
    """Return `{success, document_id, versions: [{version, from, changed_by, superseded_at, …}], more}`."""
    return {
        "success": True,
        "document_id": document_id,
        "versions": [_state(state["_sys"]) for state in page.documents],
        "more": page.has_more,
    }


def search_results(page: VersionPage) -> SearchResponse:
    """Return versions as documents; the `_sys` of a superseded one says when and how it was superseded."""
    return {"success": True, "data": page.documents, "more": page.has_more}


def differences(changes: Sequence[Difference]) -> DiffResponse:
    """Return `changes: [{field, before, after}]`, without the side on which the field is absent."""
    return {"success": True, "changes": [_difference(item) for item in changes]}


def _state(stamps: Mapping[str, Any]) -> VersionObject:
    return {
        "version": stamps["version"],
        "from": stamps["updated"],
        "changed_by": stamps["updated_by"],
        "superseded_at": stamps.get("superseded_at"),
        "superseded_by": stamps.get("superseded_by"),
        "superseded_by_operation": stamps.get("superseded_by_operation"),
        "superseded_via": stamps.get("superseded_via"),
    }


def _difference(item: Difference) -> DifferenceObject:
    difference: DifferenceObject = {"field": item.path}
    if item.before is not ABSENT:
        difference["before"] = item.before
    if item.after is not ABSENT:
        difference["after"] = item.after
    return difference


def change_events(events: Sequence[ChangeEvent], *, resume_token: Token) -> EventsResponse:
    """Return `{success, events: [{collection, operation, document_id, version, actor, at, token}], next}`."""
    return {"success": True, "events": [change_event(event) for event in events], "next": str(resume_token)}


def change_event(event: ChangeEvent) -> EventObject:
    return {
        "collection": event.collection,
        "operation": event.operation,
        "document_id": event.document_id,
        "version": event.version,
        "actor": event.actor,
        "at": event.at,
        "token": str(event.token),
    }


def distinct(result: Distinct, *, field: str) -> DistinctResponse:
    return {"success": True, "field": field, "values": result.values, "truncated": result.truncated}


def aggregated(rows: list[dict[str, Any]]) -> AggregateResponse:
    return {"success": True, "data": rows}


def sql_result(answer: SqlAnswer) -> SqlResponse:
    return {
        "success": True,
        "columns": answer.columns,
        "data": answer.rows,
        "changes": answer.changes,
        "truncated": bool(answer.errors),
    }


def explained(plan: Explanation, *, database_id: str, collection: str) -> ExplainResponse:
    """Return how a query is run; `advice` is the request that creates an index for it, or null."""
    body = {"database_id": database_id, "collection_name": collection, "keys": _index_keys(plan.advice)}
    text = "The query reads the whole collection to find few documents. This index avoids that."
    advice = {"message": text, "method": "POST", "path": "/api/indexes", "body": body}
    explanation = {
        "index": plan.index,
        "stage": plan.stage,
        "keys_examined": plan.keys_examined,
        "documents_examined": plan.documents_examined,
        "returned": plan.returned,
        "milliseconds": plan.milliseconds,
        "advice": advice if plan.advice else None,
    }
    return {"success": True, "explain": explanation}


def indexes(items: Sequence[Index]) -> IndexesResponse:
    return {"success": True, "indexes": [_index(item) for item in items]}


def index_name(name: str) -> DroppedIndexResponse:
    return {"success": True, "name": name}


def _index(index: Index) -> IndexObject:
    content = {
        "name": index.name,
        "keys": _index_keys(index.keys),
        "unique": index.unique,
        "sparse": index.sparse,
        "partial_filter": index.partial,
        "expire_after_seconds": index.expires,
        "collation": index.collation and index.collation.as_dict(),
        **(index.text.as_dict() if index.text else {}),
        "of_schema": index.of_schema,
        "building": index.building,
        "size": index.size,
        "uses": index.uses,
        "uses_since": index.since,
    }
    return cast(IndexObject, content)


def _index_keys(keys: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [{"field": path, "order": order} for path, order in keys]


def accepted(job_id: str) -> AcceptedResponse:
    """Return the body for a job that runs in the background."""
    return {
        "success": True,
        "job_id": job_id,
        "status_url": f"{settings.BASE_URL}/api/job_status?job_id={job_id}",
    }


def restored(status: Status) -> RestoreToResponse:
    """Return the counts of each collection, for a finished or tried restore to a time."""
    collections = {
        collection: {
            name if name.startswith("schema_") else f"{name}_count": count for name, count in counts.items()
        }
        for collection, counts in status.result["collections"].items()
    }
    return {
        "success": True,
        "dry_run": status.dry_run,
        "job_id": status.job_id,
        "collections": collections,
        "skipped": status.result["skipped"],
    }


def pruned(count: int) -> PruneResponse:
    return {"success": True, "forgotten_versions": count}
