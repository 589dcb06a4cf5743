"""The views of queries over many documents: distinct values, and aggregation pipelines."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dataapi import render
from dataapi.id_alias import with_id_alias
from dataapi.operations.queries import AggregateRequest, DistinctRequest
from dataapi.views.base import DataView, collection_of
from web.views import json_response


class DistinctView(DataView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = DistinctRequest.of_query(request)
        collection = collection_of(request, params.database_id, params.collection_name)
        values = collection.distinct(params.field, with_id_alias(params.query(), collection))
        return json_response(render.distinct(values, field=params.field))


class AggregateView(DataView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        params = AggregateRequest.of_body(request)
        collection = collection_of(request, params.database_id, params.collection_name)
        rows = collection.aggregate(params.pipeline, collation=params.collation)
        return json_response(render.aggregated(rows))
