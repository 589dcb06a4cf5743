"""The view of a collection's indexes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dataapi import render
from dataapi.parsing import indexes as parsing
from dataapi.views.base import DataView, collection_of
from web.requests.body import json_body
from web.views import json_response


class IndexesView(DataView):
    http_method_names = ("get", "post", "delete", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = parsing.target(request.GET)
        indexes = collection_of(request, params.database_id, params.collection).indexes.all()
        return json_response(render.indexes(indexes))

    def post(self, request: HttpRequest) -> HttpResponse:
        params = parsing.creation(json_body(request))
        indexes = collection_of(request, params.database_id, params.collection).indexes
        name = indexes.create(params.index)
        warnings = indexes.warnings(params.index)
        return json_response(render.index_name(name) | ({"warnings": warnings} if warnings else {}), status=201)

    def delete(self, request: HttpRequest) -> HttpResponse:
        params = parsing.deletion(json_body(request))
        collection_of(request, params.database_id, params.collection).indexes.drop(params.name)
        return json_response(render.index_name(params.name))
