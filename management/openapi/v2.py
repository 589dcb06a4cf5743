"""The operations of the management routes below /api/v2 in the OpenAPI document."""

from __future__ import annotations

from management.openapi import databases, jobs
from management.openapi.shapes import COUNT, ID, YES
from web.openapi import TEXT, V2_TAG, Operation, listing, members, v2_operation

_BY_ID = {operation.id: operation for operation in (*databases.OPERATIONS, *jobs.OPERATIONS)}
_SAME = ("create_database", "add_collection", "get_metadata", "import_data")
_FIELDS = listing(members({"name": TEXT, "type": TEXT}))

OPERATIONS = (
    *(v2_operation(_BY_ID[name]) for name in _SAME),
    v2_operation(
        _BY_ID["list_databases"],
        query=(
            ("page", {"type": "integer", "minimum": 1, "default": 1}, False, "From 1."),
            ("page_size", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}, False, "Up to 1,000."),
            ("search", TEXT, False, "Text that the name contains, in any case."),
        ),
        answers={
            "200": (
                members(
                    {
                        "success": YES,
                        "data": listing(members({"id": TEXT, "name": TEXT, "num_collections": COUNT})),
                        "pagination": members({"page": COUNT, "total_items": COUNT, "total_pages": COUNT}),
                    }
                ),
                {
                    "success": True,
                    "data": [{"id": ID, "name": "my_customer_project", "num_collections": 2}],
                    "pagination": {"page": 1, "total_items": 1, "total_pages": 1},
                },
            )
        },
    ),
    v2_operation(
        _BY_ID["list_collections"],
        answers={
            "200": (
                members(
                    {
                        "success": YES,
                        "collections": listing(members({"name": TEXT, "num_documents": COUNT, "fields": _FIELDS})),
                    }
                ),
                {
                    "success": True,
                    "collections": [
                        {"name": "users", "num_documents": 152, "fields": [{"name": "email", "type": "string"}]}
                    ],
                },
            )
        },
    ),
    v2_operation(
        _BY_ID["drop_database"],
        answers={"200": (members({"success": YES, "message": TEXT}), {"success": True, "message": "Dropped."})},
    ),
    v2_operation(
        _BY_ID["drop_collections"],
        answers={
            "200": (
                members({"success": YES, "dropped": listing(TEXT)}),
                {"success": True, "dropped": ["old_logs", "temporary_users"]},
            )
        },
    ),
    Operation(
        path="/api/v2/health_check",
        verb="get",
        id="health_check_v2",
        tag=V2_TAG,
        summary="Health Check",
        description="Responds when the process serves requests.",
        security=(),
        error_schema="V2Error",
        answers={
            "200": (
                members({"success": YES, "status": TEXT, "timestamp": TEXT}),
                {"success": True, "status": "healthy", "timestamp": "2026-11-20T10:00:00.000Z"},
            )
        },
    ),
)
