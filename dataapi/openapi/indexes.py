"""The operations of /api/indexes in the OpenAPI document."""

from __future__ import annotations

from dataapi.openapi.shapes import COLLATION
from engine.indexes import LANGUAGES
from web.openapi import TEXT, Operation, listing, members

TAG = "Data API"
_ID = "60c72b2f9b1d8b1a2d3e4567"
_YES = {"type": "boolean", "enum": [True]}
_FLAG = {"type": "boolean"}
_WHOLE = {"type": "integer", "minimum": 0}
_ORDER = {"enum": [1, -1, "text", "2dsphere"], "default": 1}
_KEYS = listing(members({"field": TEXT}, {"order": _ORDER}), min_items=1)
_TARGET = {"database_id": TEXT, "collection_name": TEXT}
_TARGET_EXAMPLE = {"database_id": _ID, "collection_name": "users"}
_INDEX = members(
    {
        "name": TEXT,
        "keys": _KEYS,
        "unique": _FLAG,
        "sparse": _FLAG,
        "partial_filter": {"type": "object", "nullable": True},
        "expire_after_seconds": {"type": "integer", "nullable": True},
        "collation": {**COLLATION, "nullable": True},
        "of_schema": _FLAG,
        "building": _FLAG,
        "size": _WHOLE,
        "uses": _WHOLE,
        "uses_since": {"type": "string", "nullable": True},
    }
)
_TEXT_OPTIONS = {
    "default_language": {"type": "string", "enum": list(LANGUAGES)},
    "language_override": TEXT,
    "weights": {"type": "object", "additionalProperties": _WHOLE},
}
_NAMED = members({"success": _YES, "name": TEXT})

OPERATIONS = (
    Operation(
        path="/api/indexes",
        verb="get",
        id="list_indexes",
        tag=TAG,
        summary="List Indexes",
        description="The indexes of a collection, with their size in bytes and how often they were used.",
        query=(
            ("database_id", TEXT, True, "The database."),
            ("collection_name", TEXT, True, "The collection."),
        ),
        answers={
            "200": (
                members({"success": _YES, "indexes": listing(_INDEX)}),
                {
                    "success": True,
                    "indexes": [
                        {
                            "name": "country_1",
                            "keys": [{"field": "country", "order": 1}],
                            "unique": False,
                            "sparse": False,
                            "partial_filter": None,
                            "expire_after_seconds": None,
                            "collation": None,
                            "of_schema": False,
                            "building": False,
                            "size": 20480,
                            "uses": 12,
                            "uses_since": "2026-11-20T10:00:00Z",
                        }
                    ],
                },
            )
        },
    ),
    Operation(
        path="/api/indexes",
        verb="post",
        id="create_index",
        tag=TAG,
        summary="Create Index",
        description="Responds when the index is built, with `warnings` for fields that no document has. 409 with "
        "`examples` where documents violate a unique index.",
        body=(
            members(
                _TARGET | {"keys": _KEYS},
                {
                    "unique": {"type": "boolean", "default": False},
                    "partial_filter": {"type": "object"},
                    "expire_after_seconds": _WHOLE,
                    "name": TEXT,
                    "collation": COLLATION,
                    **_TEXT_OPTIONS,
                },
            ),
            _TARGET_EXAMPLE | {"keys": [{"field": "country", "order": 1}, {"field": "score", "order": -1}]},
        ),
        answers={
            "201": (
                members({"success": _YES, "name": TEXT}, {"warnings": listing(TEXT)}),
                {"success": True, "name": "country_1_score_-1"},
            )
        },
    ),
    Operation(
        path="/api/indexes",
        verb="delete",
        id="drop_index",
        tag=TAG,
        summary="Drop Index",
        description="Drops an index. The index of `_id` and those of the schema's unique fields cannot be dropped.",
        body=(members(_TARGET | {"name": TEXT}), _TARGET_EXAMPLE | {"name": "country_1_score_-1"}),
        answers={"200": (_NAMED, {"success": True, "name": "country_1_score_-1"})},
    ),
)
