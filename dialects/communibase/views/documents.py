"""Routes of documents: list, search, create, read, update, destroy."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from dialects.communibase import render
from dialects.communibase.documents.contents import parse_file
from dialects.communibase.documents.responses import array_response
from dialects.communibase.operations.parameters import FieldsParameters, SearchParameters
from dialects.communibase.resources.files import FileDocuments
from dialects.communibase.views.base import CommunibaseView, json_of, open_resource
from web.views import json_response


class EntityListView(CommunibaseView):
    runs_in_event_loop = True
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, collection: str, database: str | None = None) -> HttpResponseBase:
        return list_response(request, database, collection)

    def post(self, request: HttpRequest, collection: str, database: str | None = None) -> HttpResponse:
        resource = open_resource(request, database, collection)
        return json_response(resource.create(json_of(request)))


class EntitySearchView(CommunibaseView):
    runs_in_event_loop = True
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, collection: str, database: str | None = None) -> HttpResponseBase:
        return list_response(request, database, collection, selector=json_of(request))


class EntityView(CommunibaseView):
    runs_in_event_loop = True
    http_method_names = ("get", "put", "delete", "options")

    def get(self, request: HttpRequest, collection: str, id: str, database: str | None = None) -> HttpResponse:
        resource = open_resource(request, database, collection)
        return json_response(resource.one(id, FieldsParameters.of_params(request.GET).fields))

    def put(self, request: HttpRequest, collection: str, id: str, database: str | None = None) -> HttpResponse:
        resource = open_resource(request, database, collection)
        if isinstance(resource, FileDocuments):
            return json_response(resource.merge(id, parse_file(request.body, path=request.path)))
        return json_response(resource.replace(id, json_of(request)))

    def delete(self, request: HttpRequest, collection: str, id: str, database: str | None = None) -> HttpResponse:
        open_resource(request, database, collection).destroy(id)
        return json_response(render.done())


def list_response(
    request: HttpRequest, database: str | None, collection: str, *, selector: Any = None
) -> HttpResponseBase:
    """Answer with the documents that a selector matches."""
    resource = open_resource(request, database, collection)
    batches, total = resource.search(selector, SearchParameters.of_params(request.GET))
    return array_response(batches, total=total)
