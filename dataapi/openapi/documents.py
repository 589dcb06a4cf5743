"""The operation GET /api/crud in the OpenAPI document."""

from __future__ import annotations

from dataapi.openapi.shapes import COLLATION_QUERY
from web.openapi import TEXT, Operation, header, listing, members

TAG = "Data API"
_YES = {"type": "boolean", "enum": [True]}
_OBJECT = {"type": "object"}
_DOCUMENT = {
    "_id": "6560a1c2d3e4f5a6b7c8d9e0",
    "email": "alice@example.com",
    "signup_date": "2023-10-27T10:00:00Z",
    "_sys": {
        "version": 1,
        "created": "2026-11-20T10:00:00Z",
        "created_by": "k1",
        "updated": "2026-11-20T10:00:00Z",
        "updated_by": "k1",
    },
}

OPERATIONS = (
    Operation(
        path="/api/crud",
        verb="get",
        id="find_documents",
        tag=TAG,
        summary="Find Documents",
        description="One page of the documents that match. `filters` is a JSON object in MongoDB's query language, "
        "of which an allow-list of operators is taken; ids may be written as text.",
        query=(
            ("database_id", TEXT, True, "The database."),
            ("collection_name", TEXT, True, "The collection."),
            ("filters", TEXT, False, 'JSON, such as {"email": "alice@example.com"}.'),
            ("page", {"type": "integer", "minimum": 1, "default": 1}, False, "From 1."),
            (
                "page_size",
                {"type": "integer", "default": 50},
                False,
                "1 to 1,000; other numbers are moved into that range.",
            ),
            ("cursor", TEXT, False, "The `next` of the page before; then without `page`."),
            (
                "count",
                {"type": "string", "enum": ["exact", "estimated", "none"]},
                False,
                "How the totals are counted.",
            ),
            (
                "explain",
                {"type": "boolean"},
                False,
                "Return how the documents are found, instead of the documents.",
            ),
            ("as_of", TEXT, False, "A past time in ISO 8601: read the collection as it was then."),
            ("expand", TEXT, False, "References to follow: `author,author.company`."),
            ("sort", TEXT, False, 'Names, `-` before one for descending: `name,-age`; or {"name": 1, "age": -1}.'),
            ("fields", TEXT, False, 'Names to keep, or with `-` to leave out: `name,email`; or {"name": 1}.'),
            COLLATION_QUERY,
            ("score", {"type": "boolean"}, False, "With `$text`: the best matches first, each with `_sys.score`."),
        ),
        parameters=(
            header("If-None-Match", "The ETag of the one document that `filters` names; 304 when it is the same."),
        ),
        answers={
            "200": (
                members(
                    {"success": _YES},
                    {
                        "data": listing(_OBJECT),
                        "pagination": _OBJECT,
                        "next": {"type": "string", "nullable": True},
                        "explain": _OBJECT,
                    },
                ),
                {
                    "success": True,
                    "data": [_DOCUMENT],
                    "pagination": {
                        "page": 1,
                        "page_size": 50,
                        "total_items": 1,
                        "total_pages": 1,
                        "count": "exact",
                    },
                    "next": None,
                },
            )
        },
    ),
)
