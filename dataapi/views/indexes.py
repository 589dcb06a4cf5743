"""The view of a collection's indexes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dataapi import render
from dataapi.operations.indexes import DropIndexRequest, IndexRequest
from dataapi.operations.shapes import Target
from dataapi.views.base import DataView, collection_of
from web.views import json_response


class IndexesView(DataView):
    http_method_names = ("get", "post", "delete", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = Target.of_query(request)
        indexes = collection_of(request, params.database_id, params.collection_name).indexes.all()
        return json_response(render.indexes(indexes))

    def post(self, request: HttpRequest) -> HttpResponse:
        params = IndexRequest.of_body(request)
        indexes = collection_of(request, params.database_id, params.collection_name).indexes
        index = params.index()
        name = indexes.create(index)
        warnings = indexes.warnings(index)
        return json_response(render.index_name(name) | ({"warnings": warnings} if warnings else {}), status=201)

    def delete(self, request: HttpRequest) -> HttpResponse:
        params = DropIndexRequest.of_body(request)
        collection_of(request, params.database_id, params.collection_name).indexes.drop(params.name)
        return json_response(render.index_name(params.name))
