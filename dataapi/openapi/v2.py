"""What the OpenAPI document says of the document routes below /api/v2."""

from __future__ import annotations

from api.openapi import TEXT, listing, members, v2_operation
from dataapi.openapi import documents, writes

_BY_ID = {operation.id: operation for operation in (writes.INSERT, *documents.OPERATIONS, *writes.OPERATIONS)}
_OBJECT = {"type": "object"}
_FLAG = {"type": "boolean", "default": False}
_COUNT = {"type": "integer"}
_ID = "6560a1c2d3e4f5a6b7c8d9e0"
_TARGET = {"database_id": TEXT, "collection_name": TEXT}
_TARGET_EXAMPLE = {"database_id": "60c72b2f9b1d8b1a2d3e4567", "collection_name": "users"}
_CHANGE = {"update_all_fields": _FLAG, "upsert": _FLAG}

OPERATIONS = (
    v2_operation(_BY_ID["insert_documents"]),
    v2_operation(_BY_ID["find_documents"]),
    v2_operation(_BY_ID["delete_documents"]),
    v2_operation(
        _BY_ID["update_documents"],
        description="Changes the document that `filters` name by `_id`, or with `update_many` every document that "
        "matches. `update_data` holds values or MongoDB's update operators; values change fields that a document "
        "has, with `update_all_fields` also others.",
        body=(
            members(_TARGET | {"filters": _OBJECT, "update_data": _OBJECT}, {"update_many": _FLAG, **_CHANGE}),
            _TARGET_EXAMPLE | {"filters": {"_id": _ID}, "update_data": {"$inc": {"visits": 1}}},
        ),
        answers={
            "200": (
                members(
                    {"success": _FLAG, "modified_count": _COUNT, "matched_count": _COUNT}, {"upserted_id": TEXT}
                ),
                {"success": True, "modified_count": 1, "matched_count": 1},
            )
        },
    ),
    v2_operation(
        _BY_ID["write_in_bulk"],
        description="Does 1 to 500 updates, each on its own; each names its document by `_id`, and `upsert` needs "
        "`update_all_fields`.",
        parameters=(),
        body=(
            members(
                _TARGET
                | {"operations": listing(members({"filters": _OBJECT, "update_data": _OBJECT}, _CHANGE), least=1)}
            ),
            _TARGET_EXAMPLE
            | {"operations": [{"filters": {"_id": _ID}, "update_data": {"points": 1}, "update_all_fields": True}]},
        ),
        answers={
            "200": (
                members(
                    {
                        "success": {"type": "boolean"},
                        "matched_count": _COUNT,
                        "modified_count": _COUNT,
                        "upserted_count": _COUNT,
                        "results": listing(_OBJECT),
                    },
                    {"errors": listing(_OBJECT)},
                ),
                {
                    "success": True,
                    "matched_count": 1,
                    "modified_count": 1,
                    "upserted_count": 0,
                    "results": [{"index": 0, "ok": True}],
                },
            )
        },
    ),
)
