"""A collection: its list, new documents, and the deletion of many."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from dialects.restdb.documents.relations import ids_of_links
from dialects.restdb.documents.responses import Place, listing, written
from dialects.restdb.query.bodies import document_body, new_documents
from dialects.restdb.views.base import RestView, place_of
from web.views import json_response


class Collection(RestView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, database: str, collection: str) -> HttpResponse:
        place = place_of(request, database, collection)
        return listing(place, place.reader(request.GET).reading())

    def post(self, request: HttpRequest, database: str, collection: str) -> HttpResponse:
        return created(place_of(request, database, collection, makes=True), request)


def created(place: Place, request: HttpRequest, **members: Any) -> HttpResponse:
    """New documents, one or an array, each with further members; the answer is what was sent, as it is stored."""
    raw = document_body(request, place.schema)
    many = type(raw) is list
    documents = [{**ids_of_links(item, place.schema), **members} for item in new_documents(raw)]
    lenient = many and request.GET.get("validate", "").lower() == "false"
    shown = written(place, place.collection.create(documents, lenient=lenient))
    return json_response(shown if many else shown[0], status=201)
