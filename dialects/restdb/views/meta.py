"""What a database consists of, as JSON and as a Swagger document."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dialects.restdb.auth.access import told, web_of
from dialects.restdb.codegen import swagger
from dialects.restdb.views.base import RestView, database_of, place_of, principal_of
from web.views import json_response


class Meta(RestView):
    """All collections that the caller may know of."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        handle = database_of(request, database)
        return json_response(swagger.database(handle, told(handle.specs, web_of(principal_of(request)))))


class CollectionMeta(RestView):
    """One collection."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, database: str, collection: str) -> HttpResponse:
        return json_response(swagger.collection(place_of(request, database, collection).collection.spec))


class Swagger(RestView):
    """The routes of the collections, for generators of clients."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        handle = database_of(request, database)
        shown = told(handle.specs, web_of(principal_of(request)))
        return json_response(swagger.swagger(handle, shown, name=database))
