"""Description of a database and its collections, as JSON and as a Swagger document."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from accounts.principal import browser_scope_of
from dialects.restdb.auth.access import visible_collections
from dialects.restdb.codegen import swagger
from dialects.restdb.views.base import RestView, collection_request, database_of, principal_of
from web.views import json_response


class MetaView(RestView):
    """The collections that the caller may see."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        handle = database_of(request, database)
        return json_response(
            swagger.database(handle, visible_collections(handle.specs, browser_scope_of(principal_of(request))))
        )


class CollectionMetaView(RestView):
    """One collection."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, database: str, collection: str) -> HttpResponse:
        return json_response(swagger.collection(collection_request(request, database, collection).collection.spec))


class SwaggerView(RestView):
    """The collections' routes as Swagger 2.0, for client generators."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        handle = database_of(request, database)
        specs = visible_collections(handle.specs, browser_scope_of(principal_of(request)))
        return json_response(swagger.swagger(handle, specs, name=database))
