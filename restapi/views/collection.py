"""A collection: its list, new documents, and the deletion of many."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from api.views import json_response
from restapi import render
from restapi.answers import listing
from restapi.parsing.bodies import body, new_documents
from restapi.parsing.reading import Reader
from restapi.views.base import RestView, collection_of, people


class Collection(RestView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, database: str, collection: str) -> HttpResponse:
        asked = Reader(request.GET).reading()
        return listing(collection_of(request, database, collection), asked)

    def post(self, request: HttpRequest, database: str, collection: str) -> HttpResponse:
        return created(collection_of(request, database, collection), request)


def created(handle: engine.Collection, request: HttpRequest, **members: Any) -> HttpResponse:
    """New documents, one or an array, each with further members; the answer is what was sent, as it is stored."""
    raw = body(request)
    many = type(raw) is list
    documents = [{**item, **members} for item in new_documents(raw)]
    lenient = many and request.GET.get("validate", "").lower() == "false"
    found = handle.create(documents, lenient=lenient)
    shown = render.documents(found, metafields=True, people=people(found))
    return json_response(shown if many else shown[0], status=201)
