"""JSON forms of uploads and downloads: what a file would become, and the progress of a job."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse

from catalog.services.metadata.sharing import shared_id_of
from dialects.airsequel.platform.columns import ColumnDraft, TableDraft
from dialects.airsequel.platform.files.sqlite_upload import SqliteUpload
from dialects.airsequel.platform.operations.transfers import DryRun, TransferJob, UploadedColumn
from dialects.airsequel.platform.rendering import created_json
from features.jobs.services import Status
from web.views import json_response

_STATES = {"queued": "queued", "running": "running", "rolling_back": "running", "done": "done", "failed": "failed"}


def dry_run_json(tables: Sequence[TableDraft], rows: Sequence[int], notes: Sequence[str]) -> DryRun:
    """Return the tables that a file would become."""
    return {
        "notes": [*notes],
        "tables": [
            {"columns": [*map(_column_json, table.columns)], "name": table.name, "numberOfRows": number}
            for table, number in zip(tables, rows, strict=True)
        ],
    }


def _column_json(column: ColumnDraft) -> UploadedColumn:
    target = column.target
    return {
        "default": column.default[0] if column.default else None,
        "isNonNull": column.is_required or column.is_primary_key,
        "isPrimaryKey": column.is_primary_key,
        "isUnique": column.is_unique,
        "name": column.name,
        "references": {"table": target[0], "column": target[1] or None} if target else None,
        "sqliteDataType": column.type,
        "validations": {"enum": [*column.choices]} if column.choices else None,
    }


def upload_response(upload: SqliteUpload) -> HttpResponse:
    """Return the answer to the upload of an SQLite file: 202 while a job fills the database."""
    is_done = upload.status.state == "done"
    created = created_json(upload.profile)
    job = None if is_done else address_of(upload.status)
    return json_response({**created, "job": job, "notes": [*upload.tables.notes]}, status=200 if is_done else 202)


def address_of(status: Status) -> str:
    """Return the address at which the progress of a job is read."""
    return f"/api/dbs/jobs/{status.job_id}"


def job_json(status: Status) -> TransferJob:
    """Return the progress of a job; a download that is done has the address of its file."""
    is_file = status.task == "download" and status.state == "done"
    return {
        "download": f"/dbs/{shared_id_of(status.database_id)}/download?job={status.job_id}" if is_file else None,
        "errors": _errors(status) if status.state == "failed" else [],
        "percent": status.percent,
        "state": _STATES[status.state],
    }


def _errors(status: Status) -> list[str]:
    return [f"{issue['field']}: {issue['message']}" for issue in status.errors] or [status.message]
