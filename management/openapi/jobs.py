"""The operations of imports and of other jobs in the OpenAPI document."""

from __future__ import annotations

from management.openapi.shapes import COUNT, DATABASE_QUERY, ID, TAG, YES
from web.openapi import TEXT, Operation, listing, members

_JOB = members(
    {
        "success": {"type": "boolean"},
        "job_id": TEXT,
        "task": {"type": "string", "enum": ["import", "schema", "restore", "clone"]},
        "state": {"type": "string", "enum": ["queued", "running", "rolling_back", "done", "failed"]},
        "collection": TEXT,
        "percent": {"type": "number"},
        "message": TEXT,
        "errors": {"type": "array"},
        "created_at": TEXT,
        "finished_at": {"type": "string", "nullable": True},
    },
    {
        "inserted_count": COUNT,
        "bytes_read": COUNT,
        "bytes_total": COUNT,
        "done": COUNT,
        "total": COUNT,
        "dry_run": {"type": "boolean"},
        "result": {"type": "object"},
        "cancelled": {"type": "boolean"},
    },
)
_JOB_ID = "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"

OPERATIONS = (
    Operation(
        path="/api/import_data",
        verb="post",
        id="import_data",
        tag=TAG,
        summary="Import Data (File Upload)",
        description="Imports a JSON file: an array of objects, one object, or one object per line. Without "
        "`collection_name` the name of the file is used. A collection that does not exist is created, and its "
        "fields are inferred. A file under 1 MiB is imported within the request; for a larger one the response is "
        "202 with a job to follow.",
        media="multipart/form-data",
        body=(
            members(
                {"database_id": TEXT, "json_file": {"type": "string", "format": "binary"}},
                {"collection_name": TEXT},
            ),
            {"database_id": ID, "collection_name": "events", "json_file": "@events.json"},
        ),
        answers={
            "201": (
                members({"success": YES, "collection": TEXT, "inserted_count": COUNT}),
                {"success": True, "collection": "events", "inserted_count": 5210},
            ),
            "200": (
                members({"success": YES, "message": TEXT}),
                {"success": True, "message": "No documents to import."},
            ),
            "202": (
                members({"success": YES, "job_id": TEXT, "status_url": TEXT}),
                {
                    "success": True,
                    "job_id": "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
                    "status_url": "http://127.0.0.1:8000/api/import_status?job_id=9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
                },
            ),
        },
    ),
    Operation(
        path="/api/import_status",
        verb="get",
        id="import_status",
        tag=TAG,
        summary="Import Status",
        description="The progress of an import, as `/api/job_status` reports it. `state` goes from `queued` over "
        "`running` to `done`, or over `rolling_back` to `failed`, after which nothing of the file is left.",
        query=(("job_id", TEXT, True, "The id that import_data returned."),),
        answers={
            "200": (
                _JOB,
                {
                    "success": True,
                    "job_id": "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
                    "task": "import",
                    "state": "running",
                    "collection": "events",
                    "inserted_count": 120000,
                    "percent": 60.0,
                    "bytes_read": 5918335,
                    "bytes_total": 9863892,
                    "message": "",
                    "errors": [],
                    "created_at": "2026-11-20T10:00:00Z",
                    "finished_at": None,
                },
            )
        },
    ),
    Operation(
        path="/api/job_status",
        verb="get",
        id="job_status",
        tag=TAG,
        summary="Job Status",
        description="The progress of a job: an import, a change of a schema, a restore or a clone. Jobs other "
        "than imports count documents in `done` and `total`, and report their outcome in `result`.",
        query=(("job_id", TEXT, True, "The id that the request which started the job returned."),),
        answers={
            "200": (
                _JOB,
                {
                    "success": True,
                    "job_id": _JOB_ID,
                    "task": "restore",
                    "state": "done",
                    "collection": "users",
                    "percent": 100.0,
                    "done": 25000,
                    "total": 25000,
                    "dry_run": False,
                    "result": {
                        "collections": {"users": {"changed": 12, "deleted": 3, "restored": 1}},
                        "skipped": [],
                    },
                    "message": "",
                    "errors": [],
                    "created_at": "2026-11-20T10:00:00Z",
                    "finished_at": "2026-11-20T10:00:04Z",
                },
            )
        },
    ),
    Operation(
        path="/api/cancel_job",
        verb="post",
        id="cancel_job",
        tag=TAG,
        summary="Cancel Import",
        description="Cancels an import. Its worker deletes the documents that it has inserted; then `state` is "
        "`failed` and `cancelled` is true. 409 for a finished import and for other jobs.",
        body=(members({"job_id": TEXT}), {"job_id": _JOB_ID}),
        answers={
            "202": (
                _JOB,
                {
                    "success": True,
                    "job_id": _JOB_ID,
                    "task": "import",
                    "state": "running",
                    "collection": "events",
                    "inserted_count": 120000,
                    "percent": 60.0,
                    "bytes_read": 5918335,
                    "bytes_total": 9863892,
                    "cancelled": True,
                    "message": "",
                    "errors": [],
                    "created_at": "2026-11-20T10:00:00Z",
                    "finished_at": None,
                },
            )
        },
    ),
    Operation(
        path="/api/export",
        verb="get",
        id="export",
        tag=TAG,
        summary="Export Documents",
        description="The documents of a collection, or those that a query matches, as a file that is streamed, "
        "whatever its length. Without `system` the fields that the service writes itself are left out, so that "
        "`import_data` accepts the file again, as JSON and as NDJSON.",
        query=(
            *DATABASE_QUERY,
            ("collection_name", TEXT, True, "The collection."),
            ("filters", TEXT, False, "A filter as JSON; without it, all documents."),
            ("sort", TEXT, False, "`name,-released`, or a JSON object; by `_id` without."),
            ("fields", TEXT, False, "`name,email` or `-notes`, or a JSON object."),
            (
                "format",
                {"type": "string", "enum": ["json", "ndjson", "csv", "extended", "canonical"], "default": "json"},
                False,
                "Of the file.",
            ),
            (
                "system",
                {"type": "string", "enum": ["true", "false"], "default": "false"},
                False,
                "With `_id` and `_sys`.",
            ),
        ),
        answers={
            "200": (listing({"type": "object"}), [{"email": "ada@example.com"}, {"email": "bob@example.com"}])
        },
        other_media=("application/x-ndjson", "text/csv"),
    ),
    Operation(
        path="/api/clone_database",
        verb="post",
        id="clone_database",
        tag=TAG,
        summary="Clone Database",
        description="Creates a database of yours with the fields, indexes, documents and files of another one, as "
        "they are or as they were at `as_of`, with the same ids and without history. It appears when it is "
        "complete. A large database is cloned by a job.",
        body=(
            members({"database_id": TEXT, "name": TEXT}, {"as_of": TEXT}),
            {"database_id": ID, "name": "staging"},
        ),
        answers={
            "201": (
                members(
                    {
                        "success": YES,
                        "job_id": TEXT,
                        "database": {"type": "object"},
                        "copied_count": COUNT,
                        "files_count": COUNT,
                    }
                ),
                {
                    "success": True,
                    "job_id": _JOB_ID,
                    "database": {"id": "7b1fd0a2c3e4f5a6b7c8d9e0", "name": "staging"},
                    "copied_count": 992,
                    "files_count": 3,
                },
            ),
            "202": (
                members({"success": YES, "job_id": TEXT, "status_url": TEXT, "database": {"type": "object"}}),
                {
                    "success": True,
                    "job_id": _JOB_ID,
                    "status_url": f"http://127.0.0.1:8000/api/job_status?job_id={_JOB_ID}",
                    "database": {"id": "7b1fd0a2c3e4f5a6b7c8d9e0", "name": "staging"},
                },
            ),
        },
    ),
)
