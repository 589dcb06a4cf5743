"""Requests and responses of databases and collections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from rest_framework import serializers

import engine
from management.serializers.collections import DEFINITION, CollectionDeclaration
from management.serializers.fields import DatabaseQuery, Declared, Passed, RequestSerializer, Text
from management.serializers.responses import ID, example, response
from web.operations.types import Digits, Flag

NAME = "my_customer_project"
DATABASE = {"id": ID, "name": NAME}
METADATA = {"_id": ID, "user_id": "1", "displayName": NAME, "dbName": f"{NAME}_4ke2v90qxj7c1m8d_V2"}
CREATED = {"name": "users", "created": True, "exists": False, "error": None}
DROPPED = ["old_logs", "temporary_users"]
PAGINATION = {"page": 1, "page_size": 10, "total_items": 1, "total_pages": 1}


@example({"db_name": NAME, "collections": [DEFINITION]})
class CreateDatabaseRequest(RequestSerializer):
    db_name = Passed(serializers.CharField())
    collections = Passed(serializers.ListField(child=CollectionDeclaration(), min_length=1))
    keys = Declared(Flag, default=False, help_text="Whether to create two keys for the database.")


@example({"database_id": ID, "collections": [{"name": "orders", "fields": [{"name": "total", "type": "number"}]}]})
class AddCollectionRequest(RequestSerializer):
    database_id = Text()
    collections = Passed(serializers.ListField(child=CollectionDeclaration(), min_length=1))


@example({"database_id": ID})
class TransferRequest(RequestSerializer):
    rejects_unknown = True
    database_id = Text()


class ListDatabasesQuery(RequestSerializer):
    page = Declared(Annotated[int, Digits()], default=1, help_text="From 1.")
    page_size = Declared(Annotated[int, Digits()], default=10, help_text="More than 1,000 counts as 1,000.")
    search = Text(required=False, help_text="Text that the name contains, in any case.")

    @classmethod
    def message_of(cls, errors: Sequence[engine.FieldError]) -> str:
        if any(error.field in ("page", "page_size") for error in errors):
            return "Invalid pagination parameters."
        return super().message_of(errors)


class ListDatabasesV2Query(RequestSerializer):
    page = Declared(Annotated[int, Digits()], default=1, help_text="From 1.")
    page_size = Declared(Annotated[int, Digits(1_000)], default=50, help_text="Up to 1,000.")
    search = Text(required=False, help_text="Text that the name contains, in any case.")


class ListCollectionsQuery(DatabaseQuery):
    database_id = Text(
        missing="database_id is a required query parameter.",
        help_text="The id that create_database returned.",
    )


@example({"database_id": ID, "confirmation": NAME})
class DropDatabaseRequest(RequestSerializer):
    database_id = Text()
    confirmation = Passed(serializers.CharField())


@example({"database_id": ID, "collection_names": DROPPED})
class DropCollectionsRequest(RequestSerializer):
    database_id = Text()
    collection_names = Passed(serializers.ListField(child=serializers.CharField(), min_length=1))


_KEY = {
    "key": "dc_1a2B3c4D_...",
    "id": "1",
    "name": f"{NAME} read-only",
    "prefix": "dc_1a2B3c4D...",
    "databases": [ID],
    "actions": ["read"],
    "created_at": "2025-01-31T12:00:00Z",
    "expires_at": None,
    "last_used_at": None,
    "last_used_address": None,
    "addresses": None,
    "rate": None,
    "daily_quota": None,
    "previous_expires_at": None,
}
NewDatabaseKeys = response("NewDatabaseKeys", {"full": _KEY, "read_only": _KEY})
NewDatabaseResponse = response(
    "NewDatabaseResponse",
    {"success": True, "database": DATABASE, "collections": [CREATED]},
    keys=NewDatabaseKeys(required=False),
)
AddedResponse = response("AddedResponse", {"success": True, "collections": [{**CREATED, "name": "orders"}]})
DatabasesResponse = response(
    "DatabasesResponse",
    {"success": True, "data": [{**DATABASE, "num_collections": 1}], "pagination": PAGINATION},
)
DatabasesV2Response = response(
    "DatabasesV2Response",
    {
        "success": True,
        "data": [{**DATABASE, "num_collections": 2}],
        "pagination": {"page": 1, "total_items": 1, "total_pages": 1},
    },
)
MetadataResponse = response(
    "MetadataResponse", {"success": True, "data": {**METADATA, "collections": [DEFINITION]}}
)
CollectionsResponse = response(
    "CollectionsResponse",
    {
        "success": True,
        "collections": [{"name": "products", "num_documents": 840}, {"name": "users", "num_documents": 152}],
    },
)
CollectionsV2Response = response(
    "CollectionsV2Response",
    {
        "success": True,
        "collections": [{"name": "users", "num_documents": 152, "fields": [{"name": "email", "type": "string"}]}],
    },
)
DroppedDatabaseResponse = response(
    "DroppedDatabaseResponse", {"success": True, "message": f"Database '{NAME}' was successfully dropped."}
)
DroppedDatabaseV2Response = response("DroppedDatabaseV2Response", {"success": True, "message": "Dropped."})
DroppedCollectionsResponse = response(
    "DroppedCollectionsResponse", {"success": True, "dropped_collections": DROPPED}
)
DroppedCollectionsV2Response = response("DroppedCollectionsV2Response", {"success": True, "dropped": DROPPED})
TransferResponse = response(
    "TransferResponse", {"message": "The database my_customer_project belongs to the team now."}
)
