"""The data API: POST, GET, PUT and DELETE of documents on one route."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from accounts.authentication import authenticate
from accounts.principal import Principal
from api.parsing import json_body
from api.views import DocumentView, json_response
from catalog.services import open_database
from dataapi import parsing, render


class Crud(DocumentView):
    """Each verb parses, makes one call on a collection's handle, and renders."""

    http_method_names = ("get", "post", "put", "delete", "options")
    envelope = staticmethod(render.envelope)

    def authenticate(self, request: HttpRequest) -> Principal:
        return authenticate(request.META.get("HTTP_AUTHORIZATION"))

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.insertion(json_body(request))
        ids = _collection(request, asked).insert(asked.documents)
        return json_response(render.inserted(ids), status=201)

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.read(request.GET)
        found = _collection(request, asked).find(asked.query)
        return json_response(render.listed(found, page=asked.page, page_size=asked.page_size))

    def put(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.update(json_body(request))
        return json_response(render.updated(_collection(request, asked).update(asked.query, asked.change)))

    def delete(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.deletion(json_body(request))
        return json_response(render.deleted(_collection(request, asked).delete(asked.query)))


def _collection(request: HttpRequest, asked: parsing.Read | parsing.Write) -> engine.Collection:
    principal: Principal = request.principal  # type: ignore[attr-defined]
    database = open_database(principal, asked.database_id, collection=asked.collection)
    return database.collection(asked.collection)
