"""What the OpenAPI document says of /api/crud."""

from __future__ import annotations

from api.openapi import TEXT, Operation, listing, members

TAG = "Data API"
_ID = "60c72b2f9b1d8b1a2d3e4567"
_YES = {"type": "boolean", "enum": [True]}
_COUNT = {"type": "integer", "minimum": 0}
_OBJECT = {"type": "object"}
_TARGET = {"database_id": TEXT, "collection_name": TEXT}
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
        verb="post",
        id="insert_documents",
        tag=TAG,
        summary="Insert Documents",
        description="Stores all of the documents or, when one is not valid, none. They may stand in `data` or in "
        "`documents`. Declared fields are checked and coerced, others are kept as they are.",
        body=(
            members(_TARGET | {"data": listing(_OBJECT, least=1)}),
            {
                "database_id": _ID,
                "collection_name": "users",
                "data": [
                    {"email": "alice@example.com", "signup_date": "2023-10-27T10:00:00Z"},
                    {"email": "bob@example.com", "signup_date": "2023-10-27T11:00:00Z"},
                ],
            },
        ),
        answers={
            "201": (
                members({"success": _YES, "inserted_ids": listing(TEXT)}),
                {"success": True, "inserted_ids": ["6560a1c2d3e4f5a6b7c8d9e0", "6560a1c2d3e4f5a6b7c8d9e1"]},
            )
        },
    ),
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
            ("page_size", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}, False, "Up to 1,000."),
            ("as_of", TEXT, False, "A time that is over, in ISO 8601: the collection as it was then."),
            ("sort", TEXT, False, 'Names, `-` before one for descending: `name,-age`; or {"name": 1, "age": -1}.'),
            ("fields", TEXT, False, 'Names to keep, or with `-` to leave out: `name,email`; or {"name": 1}.'),
        ),
        answers={
            "200": (
                members({"success": _YES, "data": listing(_OBJECT), "pagination": _OBJECT}),
                {
                    "success": True,
                    "data": [_DOCUMENT],
                    "pagination": {"page": 1, "page_size": 50, "total_items": 1, "total_pages": 1},
                },
            )
        },
    ),
    Operation(
        path="/api/crud",
        verb="put",
        id="update_documents",
        tag=TAG,
        summary="Update Documents",
        description="Sets the fields of `update_data` on every document that matches, or on none when that fails. "
        "With `update_all_fields: false` only fields that a document already has are touched. Empty filters "
        'match everything and need `"all": true`.',
        body=(
            members(
                _TARGET | {"filters": _OBJECT, "update_data": _OBJECT},
                {"update_all_fields": {"type": "boolean", "default": True}, "all": {"type": "boolean"}},
            ),
            {
                "database_id": _ID,
                "collection_name": "users",
                "filters": {"email": "alice@example.com"},
                "update_data": {"newsletter_subscribed": True},
            },
        ),
        answers={
            "200": (members({"success": _YES, "modified_count": _COUNT}), {"success": True, "modified_count": 1})
        },
    ),
    Operation(
        path="/api/crud",
        verb="delete",
        id="delete_documents",
        tag=TAG,
        summary="Delete Documents",
        description='Deletes every document that matches. Empty filters match everything and need `"all": true`.',
        body=(
            members(
                _TARGET | {"filters": _OBJECT},
                {"soft_delete": {"type": "boolean"}, "all": {"type": "boolean"}},
            ),
            {"database_id": _ID, "collection_name": "users", "filters": {"email": "bob@example.com"}},
        ),
        answers={
            "200": (
                members({"success": _YES, "count": _COUNT, "deleted_count": _COUNT}),
                {"success": True, "count": 1, "deleted_count": 1},
            )
        },
    ),
)
