"""The response bodies of the management API, in the shapes that DataCube publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

import engine
from catalog.services.metadata.schema_history import DatedSchema
from engine.encoding import plain
from features.jobs.services import Status
from features.jobs.services.imports import ImportPreview
from web.errors import detail_of


def envelope(error: engine.Error) -> dict[str, Any]:
    """Return `{success, message, errors: [{field, message, index?}]}`; the message of an `Invalid` has a prefix."""
    prefix = "Value Error: " if isinstance(error, engine.Invalid) else ""
    return {
        "success": False,
        "message": prefix + error.message,
        "errors": [issue.as_dict() for issue in error.errors],
        **error.details,
        **detail_of(error),
    }


def envelope_with_error(error: engine.Error) -> dict[str, Any]:
    """Return the envelope, with `error` for a 400: two routes publish their 400 as `{"error": text}`."""
    published = {"error": error.message} if isinstance(error, engine.Invalid) else {}
    return {**envelope(error), **published}


def core_envelope(error: engine.Error) -> dict[str, Any]:
    """Return `{"error": text}`, the error body below /core; a 401 also has `detail`."""
    return {"error": error.message, **detail_of(error)}


def created_collections(items: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"name": item.name, "created": not item.existed, "exists": item.existed, "error": None} for item in items
    ]


def pagination(*, page: int, page_size: int, total: int) -> dict[str, int]:
    return {
        "page": page,
        "page_size": page_size,
        "total_items": total,
        "total_pages": -(-total // page_size),
    }


def dashboard_stats(databases: Sequence[Mapping[str, Any]], *, calls: int, since: datetime) -> dict[str, Any]:
    """Return `{usage: {api_calls_current_month, last_reset_date}, databases: [{id, name}]}`."""
    return {
        "usage": {"api_calls_current_month": calls, "last_reset_date": since},
        "databases": [{"id": item["id"], "name": item["name"]} for item in databases],
    }


def dashboard_database(metadata: Mapping[str, Any], counts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return `{database, collections: [{name, num_documents, field_count}], stats}`."""
    fields = {item["name"]: len(item["fields"]) for item in metadata["collections"]}
    collections = [{**item, "field_count": fields.get(item["name"], 0)} for item in counts]
    return {
        "database": {name: metadata[name] for name in ("_id", "user_id", "displayName", "dbName")},
        "collections": collections,
        "stats": {
            "collection_count": len(collections),
            "total_fields": sum(item["field_count"] for item in collections),
        },
    }


def imported(status: Status) -> dict[str, Any]:
    """Return the body for a finished import."""
    outcomes = outcome_counts(status)
    if not any((status.inserted_count, status.rejected_count, *outcomes.values())):
        return {"success": True, "message": "No documents to import."}
    counts: dict[str, Any] = {"inserted_count": status.inserted_count, **outcomes}
    if status.rejected_count:
        url = f"{settings.BASE_URL}/api/import_rejects?job_id={status.job_id}"
        counts |= {"rejected_count": status.rejected_count, "rejects_url": url}
    return {"success": True, "collection": status.collection} | counts


def outcome_counts(status: Status) -> dict[str, int]:
    """Return `{updated_count, unchanged_count, skipped_count}` of an import with a key, else nothing."""
    names = ("updated", "unchanged", "skipped")
    return {f"{name}_count": status.result[name] for name in names if name in status.result}


def _rollback(status: Status) -> dict[str, Any]:
    """Return `{rollback: {removed_count, restored_count, kept_count, …}}` of a failed import, else nothing."""
    if status.state != "failed" or "rollback" not in status.result:
        return {}
    counts = status.result["rollback"]
    numbers = ("removed", "restored", "kept")
    return {"rollback": {f"{name}_count" if name in numbers else name: value for name, value in counts.items()}}


def import_preview(preview: ImportPreview) -> dict[str, Any]:
    """Return the body for the beginning of a file that is not imported."""
    beginning = preview.beginning
    return {
        "success": True,
        "dry_run": True,
        "collection": preview.collection,
        "creates_collection": not preview.exists,
        "format": preview.format,
        "fields": [{"name": name, "type": kind} for name, kind in beginning.types.items()],
        "checked_count": beginning.count,
        **{f"{name}_count": count for name, count in beginning.outcomes.items()},
        "errors": [error.as_dict() for error in beginning.errors],
        "documents": plain(beginning.documents),
    }


def job(status: Status) -> dict[str, Any]:
    """Return `{success, job_id, task, state, collection, percent, …}`; see docs/api/management.md."""
    content = {
        "success": status.state != "failed",
        "job_id": status.job_id,
        "task": status.task,
        "state": status.state,
        "collection": status.collection,
        "percent": status.percent,
        "message": status.message,
        "errors": status.errors,
        "created_at": status.created_at,
        "finished_at": status.finished_at,
        "rate": status.rate,
        "seconds_left": status.seconds_left,
    }
    if status.task == "import":
        counts: dict[str, Any] = {
            "rows_read": status.rows,
            "inserted_count": status.inserted_count,
            "rejected_count": status.rejected_count,
            "bytes_read": status.done,
            "bytes_total": status.total,
            "cancelled": status.cancelled,
            **outcome_counts(status),
            **_rollback(status),
        }
    else:
        counts = {"done": status.done, "total": status.total, "dry_run": status.dry_run, "result": status.result}
    return content | counts


def listed_job(status: Status) -> dict[str, Any]:
    """Return a job as one item of a list."""
    members = {name: value for name, value in job(status).items() if name != "success"}
    return {"database_id": status.database_id, **members}


def schema_changed(status: Status) -> dict[str, Any]:
    """Return the body for a finished or tried change of a schema."""
    return {"success": True, "dry_run": status.dry_run, "job_id": status.job_id, **_report(status)}


def _report(status: Status) -> dict[str, Any]:
    result = status.result
    counts = {"changed_count": result["changed"], "invalid_count": result["unfit"]}
    return counts | {name: result[name] for name in ("examples", "reasons", "indexes")}


def rewound(status: Status) -> dict[str, Any]:
    """Return what a restore of a backup to a time has changed in each collection, or would change."""
    collections = {
        name: {
            member if member.startswith("schema_") else f"{member}_count": value for member, value in counts.items()
        }
        for name, counts in status.result["collections"].items()
    }
    return {"dry_run": status.dry_run, "collections": collections, "skipped": status.result["skipped"]}


def schema_versions(versions: Sequence[DatedSchema]) -> list[dict[str, Any]]:
    """Return the schemas of a collection, each with who declared it: who superseded the one before."""
    changed_by = [*(item.superseded_by for item in versions[1:]), None]
    return [
        {
            "version": item.version,
            "from": item.since,
            "until": item.until,
            "changed_by": actor,
            "fields": item.declared["fields"],
            "strict": item.declared["strict"],
            "json_schema": item.declared["rules"],
            "title_field": item.declared["title_field"] or None,
        }
        for item, actor in zip(versions, changed_by, strict=True)
    ]


def cloned(status: Status, *, name: str) -> dict[str, Any]:
    database = {"id": status.result["database_id"], "name": name}
    counts = {"copied_count": status.result["copied"], "files_count": status.result["files"]}
    return {"success": True, "job_id": status.job_id, "database": database, **counts}
