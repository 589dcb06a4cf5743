"""The management routes below /api/v2, where they differ from those below /api."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
from management import render
from management.views import base, collections, databases, imports
from web import v2
from web.requests.parameters import Parameters
from web.views import json_response

_MAX_PAGE_SIZE = 1_000


class V2:
    """Mixin that gives a view the error body of /api/v2."""

    envelope = staticmethod(v2.envelope)


@extend_schema(exclude=True)
class CreateDatabaseV2(V2, databases.CreateDatabase):
    pass


@extend_schema(exclude=True)
class AddCollectionV2(V2, collections.AddCollection):
    pass


@extend_schema(exclude=True)
class GetMetadataV2(V2, databases.GetMetadata):
    pass


@extend_schema(exclude=True)
class ImportDataV2(V2, imports.ImportData):
    pass


@extend_schema(exclude=True)
class ListDatabasesV2(V2, base.ManagementView):
    def get(self, request: Request) -> Response:
        params = Parameters(request.query_params)
        page = params.integer("page", default=1)
        page_size = params.integer("page_size", default=50, max_value=_MAX_PAGE_SIZE)
        search = params.text("search", default="")
        params.check()
        items, total = catalog.services.queries.list_databases(
            request.user, page=page, page_size=page_size, search=search
        )
        pagination = render.pagination(page=page, page_size=page_size, total=total)
        del pagination["page_size"]
        return Response({"success": True, "data": items, "pagination": pagination})


@extend_schema(exclude=True)
class ListCollectionsV2(V2, base.ManagementView):
    def get(self, request: Request) -> Response:
        database_id = base.database_id_of(request.query_params)
        _, counts = catalog.services.queries.count_collections(request.user, database_id)
        metadata = catalog.services.queries.describe_database(request.user, database_id)
        fields = {item["name"]: item["fields"] for item in metadata["collections"]}
        items = [{**item, "fields": fields.get(item["name"], [])} for item in counts]
        return Response({"success": True, "collections": items})


@extend_schema(exclude=True)
class DropDatabaseV2(V2, databases.DropDatabase):
    def delete(self, request: Request) -> Response:
        super().delete(request)
        return Response({"success": True, "message": "Dropped."})


@extend_schema(exclude=True)
class DropCollectionsV2(V2, collections.DropCollections):
    def delete(self, request: Request) -> Response:
        dropped = super().delete(request).data["dropped_collections"]
        return Response({"success": True, "dropped": dropped})


def health_check(request: HttpRequest) -> HttpResponse:
    """Return a fixed body with the current time, to show that the process serves requests."""
    return json_response({"success": True, "status": "healthy", "timestamp": datetime.now(UTC)})


urlpatterns = [
    re_path(r"^create_database/?$", CreateDatabaseV2.as_view()),
    re_path(r"^add_collection/?$", AddCollectionV2.as_view()),
    re_path(r"^list_databases/?$", ListDatabasesV2.as_view()),
    re_path(r"^list_collections/?$", ListCollectionsV2.as_view()),
    re_path(r"^get_metadata/?$", GetMetadataV2.as_view()),
    re_path(r"^drop_database/?$", DropDatabaseV2.as_view()),
    re_path(r"^drop_collections/?$", DropCollectionsV2.as_view()),
    re_path(r"^import_data/?$", ImportDataV2.as_view()),
]
