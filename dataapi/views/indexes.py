"""The indexes of a collection."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dataapi import render
from dataapi.parsing import indexes as parsing
from dataapi.views.base import DataView, collection_of
from web.parsing import json_body
from web.views import json_response


class Indexes(DataView):
    http_method_names = ("get", "post", "delete", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.target(request.GET)
        found = collection_of(request, asked.database_id, asked.collection).indexes.all()
        return json_response(render.indexes(found))

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.creation(json_body(request))
        indexes = collection_of(request, asked.database_id, asked.collection).indexes
        name = indexes.create(asked.index)
        warnings = indexes.warnings(asked.index)
        return json_response(render.index_name(name) | ({"warnings": warnings} if warnings else {}), status=201)

    def delete(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.deletion(json_body(request))
        collection_of(request, asked.database_id, asked.collection).indexes.drop(asked.name)
        return json_response(render.index_name(asked.name))
