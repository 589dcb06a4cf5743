"""The operations of databases and collections in the OpenAPI document."""

from __future__ import annotations

from management.openapi.shapes import (
    COLLECTION,
    COLLECTIONS_EXAMPLE,
    COUNT,
    COUNTS,
    DATABASE_QUERY,
    ID,
    MADE,
    MADE_EXAMPLE,
    PAGINATION,
    TAG,
    YES,
)
from web.openapi import TEXT, Operation, listing, members

OPERATIONS = (
    Operation(
        path="/api/create_database",
        verb="post",
        id="create_database",
        tag=TAG,
        summary="Create Database",
        description="Creates a database with its first collections and their fields. Names hold letters, digits, "
        "`_` and `-`. The database's name is stored in lower case and is unique among your databases.",
        body=(
            members({"db_name": TEXT, "collections": listing(COLLECTION, min_items=1)}),
            {"db_name": "my_customer_project", "collections": COLLECTIONS_EXAMPLE},
        ),
        answers={
            "201": (
                members({"success": YES, "database": members({"id": TEXT, "name": TEXT}), "collections": MADE}),
                {
                    "success": True,
                    "database": {"id": ID, "name": "my_customer_project"},
                    "collections": MADE_EXAMPLE,
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
        description="Creates collections in a database; existing collections stay unchanged.",
        body=(
            members({"database_id": TEXT, "collections": listing(COLLECTION, min_items=1)}),
            {
                "database_id": ID,
                "collections": [{"name": "orders", "fields": [{"name": "total", "type": "number"}]}],
            },
        ),
        answers={
            "201": (
                members({"success": YES, "collections": MADE}),
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
            (
                "page_size",
                {"type": "integer", "minimum": 1, "default": 10},
                False,
                "More than 1,000 counts as 1,000.",
            ),
            ("search", TEXT, False, "Text that the name contains, in any case."),
        ),
        answers={
            "200": (
                members(
                    {
                        "success": YES,
                        "data": listing(members({"id": TEXT, "name": TEXT, "num_collections": COUNT})),
                        "pagination": PAGINATION,
                    }
                ),
                {
                    "success": True,
                    "data": [{"id": ID, "name": "my_customer_project", "num_collections": 1}],
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
        query=DATABASE_QUERY,
        answers={
            "200": (
                members({"success": YES, "data": {"type": "object"}}),
                {
                    "success": True,
                    "data": {
                        "_id": ID,
                        "user_id": "1",
                        "displayName": "my_customer_project",
                        "dbName": "my_customer_project_4ke2v90qxj7c1m8d_V2",
                        "collections": COLLECTIONS_EXAMPLE,
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
        query=DATABASE_QUERY,
        answers={
            "200": (
                members({"success": YES, "collections": COUNTS}),
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
        description="Deletes a database and everything in it, for good. `confirmation` is the database's name. A "
        "key needs the permission `own`.",
        body=(
            members({"database_id": TEXT, "confirmation": TEXT}),
            {"database_id": ID, "confirmation": "my_customer_project"},
        ),
        answers={
            "200": (
                members({"success": YES, "message": TEXT}),
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
        description="Deletes collections and all their documents, for good; deletes none of them when one of the "
        "names is unknown. A key needs the permission `own`.",
        body=(
            members({"database_id": TEXT, "collection_names": listing(TEXT, min_items=1)}),
            {"database_id": ID, "collection_names": ["old_logs", "temporary_users"]},
        ),
        answers={
            "200": (
                members({"success": YES, "dropped_collections": listing(TEXT)}),
                {"success": True, "dropped_collections": ["old_logs", "temporary_users"]},
            )
        },
    ),
    Operation(
        path="/core/api/v1/dashboard/stats",
        verb="get",
        id="dashboard_stats",
        tag=TAG,
        summary="Dashboard Statistics",
        description="Your databases, and the number of requests to them since the first of the month.",
        answers={
            "200": (
                members(
                    {
                        "usage": members({"api_calls_current_month": COUNT, "last_reset_date": TEXT}),
                        "databases": listing(members({"id": TEXT, "name": TEXT})),
                    }
                ),
                {
                    "usage": {"api_calls_current_month": 128, "last_reset_date": "2025-01-01T00:00:00.000Z"},
                    "databases": [{"id": ID, "name": "my_customer_project"}],
                },
            )
        },
    ),
    Operation(
        path="/api/stats",
        verb="get",
        id="stats",
        tag=TAG,
        summary="Statistics",
        description="How many databases, collections and documents you may see.",
        answers={
            "200": (
                members({"success": YES, "databases": COUNT, "collections": COUNT, "documents": COUNT}),
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
                members(
                    {
                        "database": members({"_id": TEXT, "user_id": TEXT, "displayName": TEXT, "dbName": TEXT}),
                        "collections": listing(
                            members({"name": TEXT, "num_documents": COUNT, "field_count": COUNT})
                        ),
                        "stats": members({"collection_count": COUNT, "total_fields": COUNT}),
                    }
                ),
                {
                    "database": {
                        "_id": ID,
                        "user_id": "1",
                        "displayName": "my_customer_project",
                        "dbName": "my_customer_project_5f0c2d9be1a84c73_V2",
                    },
                    "collections": [{"name": "users", "num_documents": 152, "field_count": 2}],
                    "stats": {"collection_count": 1, "total_fields": 2},
                },
            )
        },
    ),
)
