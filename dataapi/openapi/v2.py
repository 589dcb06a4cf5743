"""The operations of the document and file routes below /api/v2 in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from dataapi.openapi import documents, writes
from web.openapi import TEXT, V2_TAG, Operation, listing, members, v2_operation

_BY_ID = {operation.id: operation for operation in (writes.INSERT, *documents.OPERATIONS, *writes.OPERATIONS)}
_OBJECT = {"type": "object"}
_FLAG = {"type": "boolean", "default": False}
_COUNT = {"type": "integer"}
_ID = "6560a1c2d3e4f5a6b7c8d9e0"
_TARGET = {"database_id": TEXT, "collection_name": TEXT}
_TARGET_EXAMPLE = {"database_id": "60c72b2f9b1d8b1a2d3e4567", "collection_name": "users"}
_CHANGE = {"update_all_fields": _FLAG, "upsert": _FLAG}

OPERATIONS: tuple[Operation, ...] = (
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
        description="Runs 1 to 500 updates, each on its own. Each names its document by `_id`, and `upsert` "
        "requires `update_all_fields`.",
        parameters=(),
        body=(
            members(
                _TARGET
                | {
                    "operations": listing(
                        members({"filters": _OBJECT, "update_data": _OBJECT}, _CHANGE), min_items=1
                    )
                }
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

_FILE_ID = {"name": "file_id", "in": "path", "required": True, "schema": TEXT}
_DATABASE = ("database_id", TEXT, False, "A database instead of `files`.")
_SIGNATURE = ("signature", TEXT, True, "The signature of a `signed_url`.")
_HEX = "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"
_LINK = f"http://127.0.0.1:8000/api/v2/files/stream/{_HEX}/?signature=…"
_FILE = {"file_id": _HEX, "filename": "photo.png", "content_type": "image/png", "signed_url": _LINK}
_AT = "2026-11-20T10:00:00.000Z"


def _file_operation(path: str, verb: str, name: str, summary: str, description: str, **values: Any) -> Operation:
    return Operation(
        path=f"/api/v2/files{path}",
        verb=verb,
        id=f"{name}_v2",
        tag=V2_TAG,
        summary=summary,
        description=description,
        error_schema="V2Error",
        **values,
    )


OPERATIONS += (
    _file_operation(
        "",
        "get",
        "list_files",
        "List Files",
        "A page of the files, newest first, each with a link that opens it for five hours.",
        query=(
            _DATABASE,
            ("page", _COUNT, False, "From 1."),
            ("page_size", _COUNT, False, "1 to 1,000; 10 without it."),
            ("search", TEXT, False, "Text that the name contains, in any case."),
        ),
        answers={
            "200": (
                members({"success": _FLAG, "data": listing(_OBJECT), "stats": _OBJECT, "pagination": _OBJECT}),
                {
                    "success": True,
                    "data": [{**_FILE, "size": 1024, "storage_type": "gridfs", "uploaded_at": _AT}],
                    "stats": {"total_files": 1, "total_storage_bytes": 1024},
                    "pagination": {"current_page": 1, "page_size": 10, "total_items": 1, "total_pages": 1},
                },
            )
        },
    ),
    _file_operation(
        "",
        "post",
        "upload_file",
        "Upload File",
        "Stores one file, in the field `file`; `filename` replaces its name.",
        query=(_DATABASE,),
        media="multipart/form-data",
        body=(
            members({"file": {"type": "string", "format": "binary"}}, {"filename": TEXT}),
            {"file": "@photo.png"},
        ),
        answers={
            "201": (
                members(
                    {"success": _FLAG, "file_id": TEXT, "filename": TEXT, "file_size": _COUNT, "signed_url": TEXT}
                ),
                {"success": True, "file_id": _HEX, "filename": "photo.png", "file_size": 1024, "signed_url": _LINK},
            )
        },
    ),
    _file_operation(
        "/{file_id}",
        "get",
        "describe_file",
        "Describe File",
        "The name, type, size and upload time of a file.",
        query=(_DATABASE,),
        parameters=(_FILE_ID,),
        answers={
            "200": (
                members({"success": _FLAG, "info": _OBJECT}),
                {"success": True, "info": {**_FILE, "upload_date": _AT, "length": 1024}},
            )
        },
    ),
    _file_operation(
        "/{file_id}",
        "delete",
        "delete_file",
        "Delete File",
        "Deletes a file for good.",
        query=(_DATABASE,),
        parameters=(_FILE_ID,),
        answers={
            "200": (members({"success": _FLAG, "message": TEXT}), {"success": True, "message": "File deleted"})
        },
    ),
    *(
        _file_operation(
            f"/{verb}/{{file_id}}",
            "get",
            f"{verb}_file",
            f"{verb.capitalize()} File",
            "The content of a file, or the part that a Range header names.",
            query=(_SIGNATURE,),
            parameters=(_FILE_ID,),
            security=(),
            answer_media="application/octet-stream",
            answers={"200": (TEXT, "…")},
        )
        for verb in ("stream", "download")
    ),
)
