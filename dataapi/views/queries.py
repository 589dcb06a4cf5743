"""The views of queries over many documents: distinct values, and aggregation pipelines."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dataapi import render
from dataapi.id_alias import with_id_alias
from dataapi.parsing import queries as parsing
from dataapi.views.base import DataView, collection_of
from web.requests.body import json_body
from web.views import json_response


class DistinctView(DataView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = parsing.distinct(request.GET)
        collection = collection_of(request, params.database_id, params.collection)
        values = collection.distinct(params.field, with_id_alias(params.query, collection))
        return json_response(render.distinct(values, field=params.field))


class AggregateView(DataView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        params = parsing.aggregate(json_body(request))
        collection = collection_of(request, params.database_id, params.collection)
        rows = collection.aggregate(params.pipeline, collation=params.collation)
        return json_response(render.aggregated(rows))
