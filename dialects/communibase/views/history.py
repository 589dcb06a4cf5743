"""Routes of versions: list, search, read, restore."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from dialects.communibase.documents.responses import array_response
from dialects.communibase.operations.parameters import FieldsParameters, PageParameters
from dialects.communibase.resources.history import Versions
from dialects.communibase.views.base import CommunibaseView, json_of, open_documents
from web.views import json_response


class VersionsView(CommunibaseView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, collection: str, id: str, database: str | None = None) -> HttpResponseBase:
        versions = Versions(open_documents(request, database, collection))
        return array_response(versions.of_document(id))


class VersionSearchView(CommunibaseView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, collection: str, database: str | None = None) -> HttpResponseBase:
        versions = Versions(open_documents(request, database, collection))
        params = PageParameters.of_params(request.GET)
        return array_response(versions.search(json_of(request), params))


class OneVersionView(CommunibaseView):
    http_method_names = ("get", "options")

    def get(
        self, request: HttpRequest, collection: str, id: str, version: str, database: str | None = None
    ) -> HttpResponse:
        versions = Versions(open_documents(request, database, collection))
        fields = FieldsParameters.of_params(request.GET).fields
        return json_response(versions.one(id, version, fields))


class EntityUndeleteView(CommunibaseView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, collection: str, id: str, database: str | None = None) -> HttpResponse:
        return json_response(Versions(open_documents(request, database, collection)).undelete(id))
