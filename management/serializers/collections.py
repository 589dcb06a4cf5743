"""Definitions of collections and fields, and requests and responses of a collection's schema."""

from __future__ import annotations

from rest_framework import serializers

from engine.schema import MAX_TEMPLATE, TYPES
from management.serializers.fields import DatabaseQuery, Declared, Passed, RequestSerializer, Text, with_members
from management.serializers.responses import ID, example, response
from web.operations.types import Flag

DEFINITION = {
    "name": "users",
    "fields": [{"name": "email", "type": "string"}, {"name": "signup_date", "type": "date"}],
}


@with_members(
    required=serializers.BooleanField(required=False),
    default=serializers.JSONField(required=False),
    many=serializers.BooleanField(required=False),
)
class FieldDeclaration(serializers.Serializer):
    name = serializers.CharField(min_length=1, max_length=100)
    type = serializers.ChoiceField([*TYPES], default="string")
    unique = serializers.BooleanField(required=False)
    case_insensitive = serializers.BooleanField(required=False)
    hidden = serializers.BooleanField(required=False)
    enum = serializers.ListField(required=False, min_length=1)
    collection = serializers.CharField(required=False)
    path = serializers.CharField(required=False, min_length=1, max_length=100)
    template = serializers.CharField(required=False, min_length=1, max_length=MAX_TEMPLATE)
    description = serializers.CharField(required=False)


@with_members(fields=serializers.ListField(child=FieldDeclaration(), min_length=1))
class CollectionDeclaration(serializers.Serializer):
    name = serializers.RegexField(r"^[\w-]+$", max_length=100)
    strict = serializers.BooleanField(required=False)
    history = serializers.JSONField(required=False)
    json_schema = serializers.DictField(required=False, allow_null=True)
    title_field = serializers.CharField(required=False, allow_null=True)


class CollectionQuery(DatabaseQuery):
    collection_name = Text(help_text="The collection.")


class SchemaOperation(serializers.Serializer):
    op = serializers.ChoiceField(["add", "rename", "retype", "drop"])
    field = FieldDeclaration(required=False)
    name = serializers.CharField(required=False)
    to = serializers.CharField(required=False)


@example(
    {
        "database_id": ID,
        "collection_name": "users",
        "operations": [
            {"op": "add", "field": {"name": "plan", "type": "enum", "enum": ["free", "pro"], "default": "free"}},
            {"op": "rename", "name": "fullname", "to": "name"},
            {"op": "retype", "field": {"name": "age", "type": "number"}},
            {"op": "drop", "name": "legacy_id"},
        ],
        "dry_run": True,
    }
)
class ChangeSchemaRequest(RequestSerializer):
    database_id = Text()
    collection_name = Text()
    operations = Passed(SchemaOperation(many=True), required=False)
    strict = Passed(serializers.BooleanField(), required=False)
    json_schema = Passed(serializers.DictField(allow_null=True), required=False)
    history = Passed(serializers.JSONField(), required=False)
    title_field = Passed(serializers.CharField(allow_null=True), required=False)
    dry_run = Declared(Flag, default=False)


CollectionResponse = response(
    "CollectionResponse",
    {
        "success": True,
        "collection": {
            "name": "users",
            "fields": [{"name": "email", "type": "email", "unique": True}],
            "strict": False,
            "json_schema": None,
            "title_field": "email",
            "history": {
                "enabled": True,
                "days": 90,
                "versions": None,
                "since": None,
                "stored_versions": 40,
                "stored_bytes": 12288,
            },
            "storage": {"documents": 152, "bytes": 30120, "index_bytes": 40960},
            "created_at": "2026-11-20T10:00:00Z",
        },
    },
    collection=serializers.DictField(),
)
SchemaChangedResponse = response(
    "SchemaChangedResponse",
    {
        "success": True,
        "dry_run": True,
        "job_id": "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2",
        "changed_count": 151,
        "invalid_count": 1,
        "examples": [
            {"_id": "6560a1c2d3e4f5a6b7c8d9e0", "field": "age", "message": "Must be a number.", "value": "forty"}
        ],
        "reasons": [{"field": "age", "message": "Must be a number.", "count": 1, "values": ["forty"]}],
        "indexes": [{"name": "fullname_1", "new_name": "name_1"}],
    },
    examples=serializers.ListField(child=serializers.DictField()),
    reasons=serializers.ListField(child=serializers.DictField()),
    indexes=serializers.ListField(child=serializers.DictField()),
)
SchemaHistoryResponse = response(
    "SchemaHistoryResponse",
    {
        "success": True,
        "versions": [
            {
                "version": 2,
                "from": "2026-11-20T10:00:00Z",
                "until": None,
                "changed_by": "u1",
                "fields": [{"name": "email", "type": "email", "unique": True}],
                "strict": False,
                "json_schema": None,
                "title_field": "email",
            }
        ],
    },
    versions=serializers.ListField(child=serializers.DictField()),
)
