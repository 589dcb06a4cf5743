"""Documents: POST, GET, PUT and DELETE on one route."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from api.parsing import json_body
from api.views import json_response
from dataapi import render
from dataapi.parsing import documents as parsing
from dataapi.views.base import DataView, collection_of


class Crud(DataView):
    http_method_names = ("get", "post", "put", "delete", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.insertion(json_body(request))
        ids = _collection(request, asked).insert(asked.documents)
        return json_response(render.inserted(ids), status=201)

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.read(request.GET)
        collection = _collection(request, asked)
        found = collection.history.as_of(asked.query, asked.as_of) if asked.as_of else collection.find(asked.query)
        return json_response(render.listed(found, page=asked.page, page_size=asked.page_size))

    def put(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.update(json_body(request))
        return json_response(render.updated(_collection(request, asked).update(asked.query, asked.change)))

    def delete(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.deletion(json_body(request))
        return json_response(render.deleted(_collection(request, asked).delete(asked.query)))


def _collection(request: HttpRequest, asked: parsing.Read | parsing.Write) -> engine.Collection:
    return collection_of(request, asked.database_id, asked.collection)
