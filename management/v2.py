"""The management routes below /api/v2, where they differ from those below /api."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.urls import re_path
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
from management import render
from management.declarations import operation, variant
from management.serializers import databases as shapes
from management.serializers.fields import DatabaseQuery
from management.serializers.stats import HealthResponse
from management.views import base, collections, databases, imports
from web import v2
from web.openapi import V2_TAG


class V2:
    """Mixin that gives a view the error body of /api/v2; its operations are described as those of the view."""

    envelope = staticmethod(v2.envelope)
    tag = V2_TAG
    error_schema = "V2Error"
    operation_suffix = "_v2"


class CreateDatabaseV2(V2, databases.CreateDatabase):
    pass


class AddCollectionV2(V2, collections.AddCollection):
    pass


class GetMetadataV2(V2, databases.GetMetadata):
    pass


class ImportDataV2(V2, imports.ImportData):
    pass


class ListDatabasesV2(V2, base.ManagementView):
    @variant(
        databases.ListDatabases.get,
        query=shapes.ListDatabasesV2Query,
        answers={200: shapes.DatabasesV2Response},
    )
    def get(self, request: Request, *, page: int, page_size: int, search: str) -> Response:
        items, total = catalog.services.queries.list_databases(
            self.principal, page=page, page_size=page_size, search=search
        )
        pagination = render.pagination(page=page, page_size=page_size, total=total)
        del pagination["page_size"]
        return Response({"success": True, "data": items, "pagination": pagination})


class ListCollectionsV2(V2, base.ManagementView):
    @variant(collections.ListCollections.get, query=DatabaseQuery, answers={200: shapes.CollectionsV2Response})
    def get(self, request: Request, *, database_id: str) -> Response:
        _, counts = catalog.services.queries.count_collections(self.principal, database_id)
        metadata = catalog.services.queries.describe_database(self.principal, database_id)
        fields = {item["name"]: item["fields"] for item in metadata["collections"]}
        items = [{**item, "fields": fields.get(item["name"], [])} for item in counts]
        return Response({"success": True, "collections": items})


class DropDatabaseV2(V2, base.ManagementView):
    @variant(databases.DropDatabase.delete, answers={200: shapes.DroppedDatabaseV2Response})
    def delete(self, request: Request, *, database_id: str, confirmation: Any = None) -> Response:
        catalog.services.deletion.drop_database(self.principal, database_id, confirmation=confirmation)
        return Response({"success": True, "message": "Dropped."})


class DropCollectionsV2(V2, base.ManagementView):
    @variant(collections.DropCollections.delete, answers={200: shapes.DroppedCollectionsV2Response})
    def delete(self, request: Request, *, database_id: str, collection_names: Any = None) -> Response:
        dropped = catalog.services.deletion.drop_collections(self.principal, database_id, names=collection_names)
        return Response({"success": True, "dropped": dropped})


class HealthCheck(V2, base.ManagementView):
    """A fixed body with the current time, which shows that the process serves requests."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("get", "head")

    @operation(
        "health_check",
        summary="Health Check",
        description="Responds when the process serves requests.",
        answers={200: HealthResponse},
    )
    def get(self, request: Request) -> Response:
        return Response({"success": True, "status": "healthy", "timestamp": datetime.now(UTC)})


urlpatterns = [
    re_path(r"^create_database/?$", CreateDatabaseV2.as_view()),
    re_path(r"^add_collection/?$", AddCollectionV2.as_view()),
    re_path(r"^list_databases/?$", ListDatabasesV2.as_view()),
    re_path(r"^list_collections/?$", ListCollectionsV2.as_view()),
    re_path(r"^get_metadata/?$", GetMetadataV2.as_view()),
    re_path(r"^drop_database/?$", DropDatabaseV2.as_view()),
    re_path(r"^drop_collections/?$", DropCollectionsV2.as_view()),
    re_path(r"^import_data/?$", ImportDataV2.as_view()),
    re_path(r"^health_check/?$", HealthCheck.as_view()),
]
