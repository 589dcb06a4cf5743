"""What the OpenAPI document says of the management API."""

from __future__ import annotations

from typing import Any

import engine
from api.openapi import TEXT, Operation, add, listing, members

TAG = "Management API"
_ID = "60c72b2f9b1d8b1a2d3e4567"
_YES = {"type": "boolean", "enum": [True]}
_COUNT = {"type": "integer", "minimum": 0}
_FIELD = members(
    {"name": {"type": "string", "minLength": 1, "maxLength": 100}},
    {
        "type": {"type": "string", "enum": list(engine.TYPES), "default": "string"},
        "required": {"type": "boolean"},
        "unique": {"type": "boolean"},
        "default": {},
        "enum": {"type": "array", "minItems": 1},
        "description": TEXT,
    },
)
_COLLECTION = members(
    {
        "name": {"type": "string", "pattern": r"^[\w-]+$", "maxLength": 100},
        "fields": listing(_FIELD, least=1),
    },
    {"strict": {"type": "boolean"}},
)
_MADE = listing(
    members(
        {"name": TEXT, "created": {"type": "boolean"}, "exists": {"type": "boolean"}, "error": {"nullable": True}}
    )
)
_COUNTS = listing(members({"name": TEXT, "num_documents": _COUNT}))
_DATABASE_QUERY = (("database_id", TEXT, True, "The id that create_database answered."),)
_COLLECTIONS_EXAMPLE = [
    {
        "name": "users",
        "fields": [{"name": "email", "type": "string"}, {"name": "signup_date", "type": "date"}],
    }
]
_MADE_EXAMPLE = [{"name": "users", "created": True, "exists": False, "error": None}]
_PAGINATION = members({"page": _COUNT, "page_size": _COUNT, "total_items": _COUNT, "total_pages": _COUNT})
_JOB = members(
    {
        "success": {"type": "boolean"},
        "job_id": TEXT,
        "state": {"type": "string", "enum": ["queued", "running", "undoing", "done", "failed"]},
        "collection": TEXT,
        "inserted_count": _COUNT,
        "percent": {"type": "number"},
        "bytes_read": _COUNT,
        "bytes_total": _COUNT,
        "message": TEXT,
        "errors": {"type": "array"},
        "created_at": TEXT,
        "finished_at": {"type": "string", "nullable": True},
    }
)

OPERATIONS = (
    Operation(
        path="/api/create_database",
        verb="post",
        id="create_database",
        tag=TAG,
        summary="Create Database",
        description="Makes a database with its first collections and their fields. Names hold letters, digits, "
        "`_` and `-`; the database's name is kept in lower case and is yours alone.",
        body=(
            members({"db_name": TEXT, "collections": listing(_COLLECTION, least=1)}),
            {"db_name": "my_customer_project", "collections": _COLLECTIONS_EXAMPLE},
        ),
        answers={
            "201": (
                members({"success": _YES, "database": members({"id": TEXT, "name": TEXT}), "collections": _MADE}),
                {
                    "success": True,
                    "database": {"id": _ID, "name": "my_customer_project"},
                    "collections": _MADE_EXAMPLE,
                },
            )
        },
    ),
    Operation(
        path="/api/add_collection",
        verb="post",
        id="add_collection",
        tag=TAG,
        summary="Add Collections",
        description="Makes further collections in a database; those that are there already stay as they are.",
        body=(
            members({"database_id": TEXT, "collections": listing(_COLLECTION, least=1)}),
            {
                "database_id": _ID,
                "collections": [{"name": "orders", "fields": [{"name": "total", "type": "number"}]}],
            },
        ),
        answers={
            "201": (
                members({"success": _YES, "collections": _MADE}),
                {
                    "success": True,
                    "collections": [{"name": "orders", "created": True, "exists": False, "error": None}],
                },
            )
        },
    ),
    Operation(
        path="/api/list_databases",
        verb="get",
        id="list_databases",
        tag=TAG,
        summary="List Databases",
        description="One page of the databases that you may see, by name.",
        query=(
            ("page", {"type": "integer", "minimum": 1, "default": 1}, False, "From 1."),
            ("page_size", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10}, False, "Up to 1,000."),
            ("search", TEXT, False, "Text that the name contains, in any case."),
        ),
        answers={
            "200": (
                members(
                    {
                        "success": _YES,
                        "data": listing(members({"id": TEXT, "name": TEXT, "num_collections": _COUNT})),
                        "pagination": _PAGINATION,
                    }
                ),
                {
                    "success": True,
                    "data": [{"id": _ID, "name": "my_customer_project", "num_collections": 1}],
                    "pagination": {"page": 1, "page_size": 10, "total_items": 1, "total_pages": 1},
                },
            )
        },
    ),
    Operation(
        path="/api/get_metadata",
        verb="get",
        id="get_metadata",
        tag=TAG,
        summary="Get Database Metadata",
        description="A database with its collections and their declared fields.",
        query=_DATABASE_QUERY,
        answers={
            "200": (
                members({"success": _YES, "data": {"type": "object"}}),
                {
                    "success": True,
                    "data": {
                        "_id": _ID,
                        "user_id": "1",
                        "displayName": "my_customer_project",
                        "dbName": "my_customer_project_4ke2v90qxj7c1m8d_V2",
                        "collections": _COLLECTIONS_EXAMPLE,
                    },
                },
            )
        },
    ),
    Operation(
        path="/api/list_collections",
        verb="get",
        id="list_collections",
        tag=TAG,
        summary="List Collections",
        description="The collections of a database, each with the number of its documents.",
        query=_DATABASE_QUERY,
        answers={
            "200": (
                members({"success": _YES, "collections": _COUNTS}),
                {
                    "success": True,
                    "collections": [
                        {"name": "products", "num_documents": 840},
                        {"name": "users", "num_documents": 152},
                    ],
                },
            )
        },
    ),
    Operation(
        path="/api/drop_database",
        verb="delete",
        id="drop_database",
        tag=TAG,
        summary="Drop Database",
        description="Removes a database with all it holds, for good. `confirmation` is the database's name. A key "
        "needs the permission `own`.",
        body=(
            members({"database_id": TEXT, "confirmation": TEXT}),
            {"database_id": _ID, "confirmation": "my_customer_project"},
        ),
        answers={
            "200": (
                members({"success": _YES, "message": TEXT}),
                {"success": True, "message": "Database 'my_customer_project' was successfully dropped."},
            )
        },
    ),
    Operation(
        path="/api/drop_collections",
        verb="delete",
        id="drop_collections",
        tag=TAG,
        summary="Drop Collections",
        description="Removes collections with all their documents, for good; when one of the names is unknown, "
        "none goes. A key needs the permission `own`.",
        body=(
            members({"database_id": TEXT, "collection_names": listing(TEXT, least=1)}),
            {"database_id": _ID, "collection_names": ["old_logs", "temporary_users"]},
        ),
        answers={
            "200": (
                members({"success": _YES, "dropped_collections": listing(TEXT)}),
                {"success": True, "dropped_collections": ["old_logs", "temporary_users"]},
            )
        },
    ),
    Operation(
        path="/api/import_data",
        verb="post",
        id="import_data",
        tag=TAG,
        summary="Import Data (File Upload)",
        description="Imports a JSON file: an array of objects, one object, or one object a line. Without "
        "`collection_name` the file's name is taken; a collection that does not exist is made, its fields "
        "inferred. A file under 1 MiB is done at once; for a larger one the answer is 202 and a job to follow.",
        media="multipart/form-data",
        body=(
            members(
                {"database_id": TEXT, "json_file": {"type": "string", "format": "binary"}},
                {"collection_name": TEXT},
            ),
            {"database_id": _ID, "collection_name": "events", "json_file": "@events.json"},
        ),
        answers={
            "201": (
                members({"success": _YES, "collection": TEXT, "inserted_count": _COUNT}),
                {"success": True, "collection": "events", "inserted_count": 5210},
            ),
            "200": (
                members({"success": _YES, "message": TEXT}),
                {"success": True, "message": "No documents to import."},
            ),
            "202": (
                members({"success": _YES, "job_id": TEXT, "status_url": TEXT}),
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
        description="How far an import is. `state` goes from `queued` and `running` to `done`, or by `undoing` to "
        "`failed`, which leaves nothing of the file behind.",
        query=(("job_id", TEXT, True, "The id that import_data answered."),),
        answers={
            "200": (
                _JOB,
                {
                    "success": True,
                    "job_id": "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
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
        path="/core/api/v1/dashboard/stats",
        verb="get",
        id="dashboard_stats",
        tag=TAG,
        summary="Dashboard Statistics",
        description="How many databases, collections and documents you may see.",
        answers={
            "200": (
                members({"success": _YES, "databases": _COUNT, "collections": _COUNT, "documents": _COUNT}),
                {"success": True, "databases": 2, "collections": 5, "documents": 1184},
            )
        },
    ),
    Operation(
        path="/core/api/v1/database/{database_id}",
        verb="get",
        id="dashboard_database",
        tag=TAG,
        summary="Dashboard Database",
        description="One database with the number of documents in each collection.",
        parameters=({"name": "database_id", "in": "path", "required": True, "schema": TEXT},),
        answers={
            "200": (
                members({"success": _YES, "id": TEXT, "name": TEXT, "collections": _COUNTS}),
                {
                    "success": True,
                    "id": _ID,
                    "name": "my_customer_project",
                    "collections": [{"name": "users", "num_documents": 152}],
                },
            )
        },
    ),
)


def add_operations(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's hook."""
    return add(result, OPERATIONS)
