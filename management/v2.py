"""The management routes below /api/v2, where they differ from those below /api."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
from management import render, views
from web import v2
from web.parameters import Parameters
from web.views import json_response

_MAX_PAGE_SIZE = 1_000


class V2:
    """The error body of /api/v2 for a view."""

    envelope = staticmethod(v2.envelope)


@extend_schema(exclude=True)
class CreateDatabase(V2, views.CreateDatabase):
    pass


@extend_schema(exclude=True)
class AddCollection(V2, views.AddCollection):
    pass


@extend_schema(exclude=True)
class GetMetadata(V2, views.GetMetadata):
    pass


@extend_schema(exclude=True)
class ImportData(V2, views.ImportData):
    pass


@extend_schema(exclude=True)
class ListDatabases(V2, views.ManagementView):
    def get(self, request: Request) -> Response:
        params = Parameters(request.query_params)
        page = params.integer("page", default=1)
        page_size = params.integer("page_size", default=50, max_value=_MAX_PAGE_SIZE)
        search = params.text("search", default="")
        params.check()
        databases, total = catalog.services.list_databases(
            request.user, page=page, page_size=page_size, search=search
        )
        pagination = render.pagination(page=page, page_size=page_size, total=total)
        del pagination["page_size"]
        return Response({"success": True, "data": databases, "pagination": pagination})


@extend_schema(exclude=True)
class ListCollections(V2, views.ManagementView):
    def get(self, request: Request) -> Response:
        database_id = views.database_id_of(request.query_params)
        _, counts = catalog.services.count_collections(request.user, database_id)
        metadata = catalog.services.describe_database(request.user, database_id)
        fields = {item["name"]: item["fields"] for item in metadata["collections"]}
        collections = [{**item, "fields": fields.get(item["name"], [])} for item in counts]
        return Response({"success": True, "collections": collections})


@extend_schema(exclude=True)
class DropDatabase(V2, views.DropDatabase):
    def delete(self, request: Request) -> Response:
        super().delete(request)
        return Response({"success": True, "message": "Dropped."})


@extend_schema(exclude=True)
class DropCollections(V2, views.DropCollections):
    def delete(self, request: Request) -> Response:
        dropped = super().delete(request).data["dropped_collections"]
        return Response({"success": True, "dropped": dropped})


def health_check(request: HttpRequest) -> HttpResponse:
    """Answer that the process serves requests, with its time."""
    return json_response({"success": True, "status": "healthy", "timestamp": datetime.now(UTC)})


urlpatterns = [
    re_path(r"^create_database/?$", CreateDatabase.as_view()),
    re_path(r"^add_collection/?$", AddCollection.as_view()),
    re_path(r"^list_databases/?$", ListDatabases.as_view()),
    re_path(r"^list_collections/?$", ListCollections.as_view()),
    re_path(r"^get_metadata/?$", GetMetadata.as_view()),
    re_path(r"^drop_database/?$", DropDatabase.as_view()),
    re_path(r"^drop_collections/?$", DropCollections.as_view()),
    re_path(r"^import_data/?$", ImportData.as_view()),
]
