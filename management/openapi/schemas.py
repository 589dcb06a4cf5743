"""The operations of a collection's schema in the OpenAPI document."""

from __future__ import annotations

from management.openapi.shapes import COUNT, FIELD, ID, TAG, YES
from web.openapi import TEXT, Operation, listing, members

_FLAG = {"type": "boolean"}
_OPERATION = members(
    {"op": {"type": "string", "enum": ["add", "rename", "retype", "drop"]}},
    {"field": FIELD, "name": TEXT, "to": TEXT},
)

OPERATIONS = (
    Operation(
        path="/api/collection_schema",
        verb="get",
        id="collection_schema",
        tag=TAG,
        summary="Describe a Collection",
        description="The fields, rules and history settings of a collection, and its size in bytes before "
        "compression.",
        query=(
            ("database_id", TEXT, True, "The database."),
            ("collection_name", TEXT, True, "The collection."),
        ),
        answers={
            "200": (
                members({"success": YES, "collection": {"type": "object"}}),
                {
                    "success": True,
                    "collection": {
                        "name": "users",
                        "fields": [{"name": "email", "type": "email", "unique": True}],
                        "strict": False,
                        "json_schema": None,
                        "title_field": "email",
                        "history": {
                            "enabled": True,
                            "days": 90,
                            "versions": None,
                            "since": None,
                            "stored_versions": 40,
                            "stored_bytes": 12288,
                        },
                        "storage": {"documents": 152, "bytes": 30120, "index_bytes": 40960},
                        "created_at": "2026-11-20T10:00:00Z",
                    },
                },
            )
        },
    ),
    Operation(
        path="/api/collection_schema",
        verb="patch",
        id="change_collection_schema",
        tag=TAG,
        summary="Change a Schema",
        description="Adds, renames, redeclares and drops fields, in the declaration and in the documents, and "
        "sets `strict`, `json_schema`, `history` and `title_field`. When documents would not fit, nothing changes "
        "and the response is 409 with examples. With `dry_run` the response only reports what would change. A "
        "large collection is changed by a job.",
        body=(
            members(
                {"database_id": TEXT, "collection_name": TEXT},
                {
                    "operations": listing(_OPERATION),
                    "strict": _FLAG,
                    "json_schema": {"type": "object", "nullable": True},
                    "history": {},
                    "title_field": {"type": "string", "nullable": True},
                    "dry_run": _FLAG,
                },
            ),
            {
                "database_id": ID,
                "collection_name": "users",
                "operations": [
                    {
                        "op": "add",
                        "field": {"name": "plan", "type": "enum", "enum": ["free", "pro"], "default": "free"},
                    },
                    {"op": "rename", "name": "fullname", "to": "name"},
                    {"op": "retype", "field": {"name": "age", "type": "number"}},
                    {"op": "drop", "name": "legacy_id"},
                ],
                "dry_run": True,
            },
        ),
        answers={
            "200": (
                members(
                    {
                        "success": YES,
                        "dry_run": _FLAG,
                        "job_id": TEXT,
                        "changed_count": COUNT,
                        "invalid_count": COUNT,
                        "examples": listing({"type": "object"}),
                        "reasons": listing({"type": "object"}),
                        "indexes": listing({"type": "object"}),
                    }
                ),
                {
                    "success": True,
                    "dry_run": True,
                    "job_id": "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
                    "changed_count": 151,
                    "invalid_count": 1,
                    "examples": [
                        {
                            "_id": "6560a1c2d3e4f5a6b7c8d9e0",
                            "field": "age",
                            "message": "Must be a number.",
                            "value": "forty",
                        },
                    ],
                    "reasons": [
                        {"field": "age", "message": "Must be a number.", "count": 1, "values": ["forty"]},
                    ],
                    "indexes": [{"name": "fullname_1", "new_name": "name_1"}],
                },
            ),
            "202": (
                members({"success": YES, "job_id": TEXT, "status_url": TEXT}),
                {
                    "success": True,
                    "job_id": "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
                    "status_url": "http://127.0.0.1:8000/api/job_status?job_id=9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
                },
            ),
        },
    ),
)
