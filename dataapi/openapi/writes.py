"""The write operations of /api/crud and /api/crud/bulk in the OpenAPI document."""

from __future__ import annotations

from dataapi.openapi.shapes import COLLATION
from web.openapi import TEXT, Operation, header, listing, members

TAG = "Data API"
_ID = "60c72b2f9b1d8b1a2d3e4567"
_DOCUMENT_ID = "6560a1c2d3e4f5a6b7c8d9e0"
_YES = {"type": "boolean", "enum": [True]}
_FLAG = {"type": "boolean", "default": False}
_COUNT = {"type": "integer", "minimum": 0}
_OBJECT = {"type": "object"}
_TARGET = {"database_id": TEXT, "collection_name": TEXT}
_TARGET_EXAMPLE = {"database_id": _ID, "collection_name": "users"}
_GUARDS = {
    "all": {"type": "boolean"},
    "collation": COLLATION,
    "max_affected": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    "dry_run": _FLAG,
}
_IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "1 to 200 printable ASCII characters: a request that is sent again with the same key is run once.",
)
_IF_MATCH = header(
    "If-Match", "The ETag of the one document that `filters` names; 412 when the document has changed."
)
_REUSED = {"422": "The `Idempotency-Key` belongs to another request."}
_OUTDATED = {
    "412": "The document has changed: `current` is its current version, `changed_fields` are the fields "
    "that differ."
}
_STATE = {"type": "object", "nullable": True}
_PREVIEW = {
    "dry_run": _YES,
    "matched_count": _COUNT,
    "sample": listing(members({"_id": TEXT, "before": _STATE, "after": _STATE})),
}
_UPDATED = {"modified_count": _COUNT, "upserted_id": {"type": "string", "nullable": True}, **_PREVIEW}
_DELETED = {"count": _COUNT, "deleted_count": _COUNT, **_PREVIEW}
_ARRAY_FILTERS = listing(_OBJECT)
_OPERATION = {
    "type": "object",
    "properties": {
        "insert": _OBJECT,
        "update": members(
            {"filters": _OBJECT, "update_data": _OBJECT},
            {
                "upsert": _FLAG,
                "replace": _FLAG,
                "update_all_fields": {"type": "boolean", "default": True},
                "array_filters": _ARRAY_FILTERS,
                "collation": COLLATION,
                "all": {"type": "boolean"},
            },
        ),
        "delete": members({"filters": _OBJECT}, {"all": {"type": "boolean"}, "collation": COLLATION}),
    },
}

INSERT = Operation(
    path="/api/crud",
    verb="post",
    id="insert_documents",
    tag=TAG,
    summary="Insert Documents",
    description="Inserts all of the documents or, when one is not valid, none. They may stand in `data` or in "
    "`documents`. Declared fields are checked and coerced; others are stored as they are.",
    parameters=(_IDEMPOTENCY_KEY,),
    errors=_REUSED,
    body=(
        members(_TARGET | {"data": listing(_OBJECT, min_items=1)}),
        _TARGET_EXAMPLE
        | {
            "data": [
                {"email": "alice@example.com", "signup_date": "2023-10-27T10:00:00Z"},
                {"email": "bob@example.com", "signup_date": "2023-10-27T11:00:00Z"},
            ],
        },
    ),
    answers={
        "201": (
            members({"success": _YES, "inserted_ids": listing(TEXT)}),
            {"success": True, "inserted_ids": [_DOCUMENT_ID, "6560a1c2d3e4f5a6b7c8d9e1"]},
        )
    },
)
OPERATIONS = (
    Operation(
        path="/api/crud",
        verb="put",
        id="update_documents",
        tag=TAG,
        summary="Update Documents",
        description="Updates every document that matches, or none when that fails. Members of `update_data` are "
        "set; MongoDB's update operators, such as `$inc` and `$push`, may stand among them. In paths, `$`, `$[]` "
        "and `$[name]` are the element that matches, all elements, and those that `array_filters` select. With "
        "`update_all_fields: false` only fields that a document already has are changed. With `replace` the one "
        "document becomes `update_data`. With `upsert` a document is created where none matches. Empty filters "
        'match everything and require `"all": true`. With `dry_run` nothing is changed, and the response says '
        "what would be.",
        parameters=(_IF_MATCH, _IDEMPOTENCY_KEY),
        errors=_OUTDATED | _REUSED,
        body=(
            members(
                _TARGET | {"filters": _OBJECT, "update_data": _OBJECT},
                {
                    "update_all_fields": {"type": "boolean", "default": True},
                    "replace": _FLAG,
                    "upsert": _FLAG,
                    "array_filters": _ARRAY_FILTERS,
                    **_GUARDS,
                },
            ),
            _TARGET_EXAMPLE
            | {
                "filters": {"email": "alice@example.com"},
                "update_data": {"newsletter_subscribed": True, "$inc": {"visits": 1}},
            },
        ),
        answers={"200": (members({"success": _YES}, _UPDATED), {"success": True, "modified_count": 1})},
    ),
    Operation(
        path="/api/crud",
        verb="delete",
        id="delete_documents",
        tag=TAG,
        summary="Delete Documents",
        description='Deletes every document that matches. Empty filters match everything and require `"all": '
        "true`. With `dry_run` nothing is deleted, and the response says what would be.",
        parameters=(_IF_MATCH, _IDEMPOTENCY_KEY),
        errors=_OUTDATED | _REUSED,
        body=(
            members(_TARGET | {"filters": _OBJECT}, {"soft_delete": {"type": "boolean"}, **_GUARDS}),
            _TARGET_EXAMPLE | {"filters": {"email": "bob@example.com"}},
        ),
        answers={
            "200": (members({"success": _YES}, _DELETED), {"success": True, "count": 1, "deleted_count": 1}),
        },
    ),
    Operation(
        path="/api/crud/bulk",
        verb="post",
        id="write_in_bulk",
        tag=TAG,
        summary="Write in Bulk",
        description="Runs operations in order: all or none, or with `ordered: false` each on its own. Errors "
        "carry the operation's `index`.",
        parameters=(_IDEMPOTENCY_KEY,),
        errors=_REUSED,
        body=(
            members(
                _TARGET | {"operations": listing(_OPERATION, min_items=1)},
                {"ordered": {"type": "boolean", "default": True}},
            ),
            _TARGET_EXAMPLE
            | {
                "operations": [
                    {"insert": {"email": "carol@example.com"}},
                    {"update": {"filters": {"email": "alice@example.com"}, "update_data": {"$inc": {"visits": 1}}}},
                    {"delete": {"filters": {"email": "bob@example.com"}}},
                ]
            },
        ),
        answers={
            "200": (
                members({"success": {"type": "boolean"}, "results": listing(_OBJECT)}),
                {
                    "success": True,
                    "results": [
                        {"index": 0, "ok": True, "inserted_id": "6560a1c2d3e4f5a6b7c8d9e2"},
                        {"index": 1, "ok": True, "modified_count": 1},
                        {"index": 2, "ok": True, "deleted_count": 1},
                    ],
                },
            )
        },
    ),
)
