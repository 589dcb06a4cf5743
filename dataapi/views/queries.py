"""Questions about many documents: the values of a field, and pipelines."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dataapi import render
from dataapi.id_alias import with_id_alias
from dataapi.parsing import queries as parsing
from dataapi.views.base import DataView, collection_of
from web.parsing import json_body
from web.views import json_response


class Distinct(DataView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.distinct(request.GET)
        collection = collection_of(request, asked.database_id, asked.collection)
        found = collection.distinct(asked.field, with_id_alias(asked.query, collection))
        return json_response(render.distinct(found, field=asked.field))


class Aggregate(DataView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.aggregate(json_body(request))
        collection = collection_of(request, asked.database_id, asked.collection)
        found = collection.aggregate(asked.pipeline, collation=asked.collation)
        return json_response(render.aggregated(found))
