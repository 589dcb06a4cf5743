"""Schemas that several operations of the management API share."""

from __future__ import annotations

from engine.schema import MAX_TEMPLATE, TYPES
from web.openapi import TEXT, listing, members

TAG = "Management API"
ID = "60c72b2f9b1d8b1a2d3e4567"
YES = {"type": "boolean", "enum": [True]}
COUNT = {"type": "integer", "minimum": 0}
FIELD = members(
    {"name": {"type": "string", "minLength": 1, "maxLength": 100}},
    {
        "type": {"type": "string", "enum": list(TYPES), "default": "string"},
        "required": {"type": "boolean"},
        "unique": {"type": "boolean"},
        "case_insensitive": {"type": "boolean"},
        "default": {},
        "enum": {"type": "array", "minItems": 1},
        "collection": TEXT,
        "many": {"type": "boolean"},
        "template": {"type": "string", "minLength": 1, "maxLength": MAX_TEMPLATE},
        "description": TEXT,
    },
)
COLLECTION = members(
    {
        "name": {"type": "string", "pattern": r"^[\w-]+$", "maxLength": 100},
        "fields": listing(FIELD, min_items=1),
    },
    {
        "strict": {"type": "boolean"},
        "history": {},
        "json_schema": {"type": "object", "nullable": True},
        "title_field": {"type": "string", "nullable": True},
    },
)
MADE = listing(
    members(
        {"name": TEXT, "created": {"type": "boolean"}, "exists": {"type": "boolean"}, "error": {"nullable": True}}
    )
)
COUNTS = listing(members({"name": TEXT, "num_documents": COUNT}))
DATABASE_QUERY = (("database_id", TEXT, True, "The id that create_database returned."),)
COLLECTIONS_EXAMPLE = [
    {
        "name": "users",
        "fields": [{"name": "email", "type": "string"}, {"name": "signup_date", "type": "date"}],
    }
]
MADE_EXAMPLE = [{"name": "users", "created": True, "exists": False, "error": None}]
PAGINATION = members({"page": COUNT, "page_size": COUNT, "total_items": COUNT, "total_pages": COUNT})
