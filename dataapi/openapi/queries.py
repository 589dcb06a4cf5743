"""The operations /api/distinct and /api/aggregate in the OpenAPI document."""

from __future__ import annotations

from dataapi.openapi.shapes import COLLATION, COLLATION_QUERY
from web.openapi import TEXT, Operation, listing, members

TAG = "Data API"
_ID = "60c72b2f9b1d8b1a2d3e4567"
_YES = {"type": "boolean", "enum": [True]}
_OBJECT = {"type": "object"}

OPERATIONS = (
    Operation(
        path="/api/distinct",
        verb="get",
        id="distinct_values",
        tag=TAG,
        summary="Distinct Values",
        description="The values of a field in the documents that match, each once, in MongoDB's order; arrays "
        "count by their elements. `truncated` when there are more values than one response holds.",
        query=(
            ("database_id", TEXT, True, "The database."),
            ("collection_name", TEXT, True, "The collection."),
            ("field", TEXT, True, "The field, or a dotted path."),
            ("filters", TEXT, False, 'JSON, such as {"email": "alice@example.com"}.'),
            COLLATION_QUERY,
        ),
        answers={
            "200": (
                members({"success": _YES, "field": TEXT, "values": listing({}), "truncated": {"type": "boolean"}}),
                {"success": True, "field": "tags", "values": ["new", "old"], "truncated": False},
            )
        },
    ),
    Operation(
        path="/api/aggregate",
        verb="post",
        id="aggregate_documents",
        tag=TAG,
        summary="Aggregate Documents",
        description="Runs a pipeline of MongoDB's stages, of which an allow-list is accepted. It may read other "
        "collections of the same database, and writes nothing.",
        body=(
            members(
                {"database_id": TEXT, "collection_name": TEXT, "pipeline": listing(_OBJECT)},
                {"collation": COLLATION},
            ),
            {
                "database_id": _ID,
                "collection_name": "users",
                "pipeline": [{"$group": {"_id": "$country", "users": {"$sum": 1}}}, {"$sort": {"users": -1}}],
            },
        ),
        answers={
            "200": (
                members({"success": _YES, "data": listing(_OBJECT)}),
                {"success": True, "data": [{"_id": "FI", "users": 2}, {"_id": None, "users": 1}]},
            )
        },
    ),
)
