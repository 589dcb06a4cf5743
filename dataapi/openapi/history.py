"""The operations of the version history in the OpenAPI document."""

from __future__ import annotations

from web.openapi import TEXT, Operation, listing, members

TAG = "History API"
_ID = "60c72b2f9b1d8b1a2d3e4567"
_DOCUMENT_ID = "6560a1c2d3e4f5a6b7c8d9e0"
_YES = {"type": "boolean", "enum": [True]}
_OBJECT = {"type": "object"}
_FLAG = {"type": "boolean"}
_NUMBER = {"type": "integer", "minimum": 1}
_COLLECTION = (
    ("database_id", TEXT, True, "The database."),
    ("collection_name", TEXT, True, "The collection."),
)
_DOCUMENT = (*_COLLECTION, ("document_id", TEXT, True, "The document, which may be deleted."))
_PAGE = (
    ("page", {"type": "integer", "minimum": 1, "default": 1}, False, "From 1."),
    ("page_size", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}, False, "Up to 1,000."),
)
_TARGET = {"database_id": TEXT, "collection_name": TEXT, "document_id": TEXT}
_TARGET_EXAMPLE = {"database_id": _ID, "collection_name": "users", "document_id": _DOCUMENT_ID}
_STAMPS = {
    "version": 1,
    "created": "2026-11-20T10:00:00Z",
    "created_by": "k1",
    "updated": "2026-11-20T10:00:00Z",
    "updated_by": "k1",
}
_WHOLE = {"_id": _DOCUMENT_ID, "email": "alice@example.com", "_sys": _STAMPS}
_ENDED = {
    "superseded_at": "2026-11-20T11:00:00Z",
    "superseded_by": "u1",
    "superseded_by_operation": "delete",
    "superseded_via": "data",
}
_ONE = members({"success": _YES, "data": _OBJECT})

OPERATIONS = (
    Operation(
        path="/api/history",
        verb="get",
        id="document_history",
        tag=TAG,
        summary="History of a Document",
        description="The versions of a document, latest first: who created each one, and who replaced or deleted "
        "it, when and how. `superseded_at` is null for the current version.",
        query=(*_DOCUMENT, *_PAGE),
        answers={
            "200": (
                members(
                    {
                        "success": _YES,
                        "document_id": TEXT,
                        "versions": listing(_OBJECT),
                        "more": {"type": "boolean"},
                    }
                ),
                {
                    "success": True,
                    "document_id": _DOCUMENT_ID,
                    "versions": [
                        {"version": 1, "from": "2026-11-20T10:00:00Z", "changed_by": "k1", **_ENDED},
                    ],
                    "more": False,
                },
            )
        },
    ),
    Operation(
        path="/api/history",
        verb="delete",
        id="forget_history",
        tag=TAG,
        summary="Forget old Versions",
        description="Deletes, for good, the versions of a collection that were superseded before a time; its "
        "history then begins at that time. A key needs the permission `own`.",
        body=(
            members({"database_id": TEXT, "collection_name": TEXT, "before": TEXT}),
            {"database_id": _ID, "collection_name": "users", "before": "2026-11-01T00:00:00Z"},
        ),
        answers={
            "200": (
                members({"success": _YES, "forgotten_versions": {"type": "integer", "minimum": 0}}),
                {"success": True, "forgotten_versions": 1204},
            )
        },
    ),
    Operation(
        path="/api/history/version",
        verb="get",
        id="document_version",
        tag=TAG,
        summary="Read a Version",
        description="A document as it was in one of its versions.",
        query=(*_DOCUMENT, ("version", _NUMBER, True, "Its number, from 1.")),
        answers={"200": (_ONE, {"success": True, "data": {**_WHOLE, "_sys": {**_STAMPS, **_ENDED}}})},
    ),
    Operation(
        path="/api/history/diff",
        verb="get",
        id="document_diff",
        tag=TAG,
        summary="Compare two Versions",
        description="What changed from one version of a document to another. `before` or `after` is left out where "
        "the field was absent.",
        query=(
            *_DOCUMENT,
            ("from", _NUMBER, True, "The number of one version."),
            ("to", _NUMBER, True, "The number of the other."),
        ),
        answers={
            "200": (
                members({"success": _YES, "changes": listing(_OBJECT)}),
                {
                    "success": True,
                    "changes": [{"field": "age", "before": 41, "after": 42}],
                },
            )
        },
    ),
    Operation(
        path="/api/history/search",
        verb="get",
        id="search_history",
        tag=TAG,
        summary="Search all States",
        description="Every version of any document of the collection, deleted documents included, that matches "
        "`filters`; the latest change first. The `_sys` of a superseded version says when and how it was "
        "superseded.",
        query=(*_COLLECTION, ("filters", TEXT, False, 'JSON, such as {"email": "alice@example.com"}.'), *_PAGE),
        answers={
            "200": (
                members({"success": _YES, "data": listing(_OBJECT), "more": _FLAG}),
                {"success": True, "data": [{**_WHOLE, "_sys": {**_STAMPS, **_ENDED}}], "more": False},
            )
        },
    ),
    Operation(
        path="/api/restore",
        verb="post",
        id="restore_document",
        tag=TAG,
        summary="Restore",
        description="With `document_id` and `version`: restores a document, existing or deleted, to a version. "
        "With `as_of`: restores a collection, or without `collection_name` all collections of a database, to that "
        "time; with `dry_run` it only counts. Either way new versions are written, so a restore can be undone. A "
        "large restore is done by a job.",
        body=(
            members(
                {"database_id": TEXT},
                {"collection_name": TEXT, "document_id": TEXT, "version": _NUMBER, "as_of": TEXT, "dry_run": _FLAG},
            ),
            _TARGET_EXAMPLE | {"version": 1},
        ),
        answers={
            "200": (
                members({"success": _YES}, {"data": _OBJECT, "collections": _OBJECT, "skipped": listing(TEXT)}),
                {"success": True, "data": {**_WHOLE, "_sys": {**_STAMPS, "version": 3}}},
            ),
            "202": (
                members({"success": _YES, "job_id": TEXT, "status_url": TEXT}),
                {
                    "success": True,
                    "job_id": "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
                    "status_url": "http://127.0.0.1:8000/api/job_status?job_id=9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
                },
            ),
        },
    ),
    Operation(
        path="/api/undelete",
        verb="post",
        id="undelete_document",
        tag=TAG,
        summary="Undelete a Document",
        description="Restores the last version of a deleted document; 409 when the document is not deleted.",
        body=(members(_TARGET), _TARGET_EXAMPLE),
        answers={"200": (_ONE, {"success": True, "data": {**_WHOLE, "_sys": {**_STAMPS, "version": 2}}})},
    ),
)
