"""The children of a document: documents of another collection that name it as their parent."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from dialects.restdb.auth.access import check
from dialects.restdb.documents.relations import child_collection, parent_members
from dialects.restdb.documents.responses import Place, listing, one
from dialects.restdb.views.base import RestView, named, place_of, principal_of
from dialects.restdb.views.collection import created
from web.errors import NOT_FOUND
from web.views import json_response


class Children(RestView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, database: str, collection: str, id: str, field: str) -> HttpResponse:
        place, parent = _children(request, database, collection, id, field)
        return listing(place, place.reader(request.GET).reading(), only=parent)

    def post(self, request: HttpRequest, database: str, collection: str, id: str, field: str) -> HttpResponse:
        place, parent = _children(request, database, collection, id, field)
        return created(place, request, **parent)


class Child(RestView):
    http_method_names = ("get", "options")

    def get(
        self, request: HttpRequest, database: str, collection: str, id: str, field: str, child: str
    ) -> HttpResponse:
        place, parent = _children(request, database, collection, id, field)
        shown = place.reader(request.GET).shown_alone()
        return json_response(one(place, named(child), shown, only=parent))


def _children(
    request: HttpRequest, database: str, collection: str, id: str, field: str
) -> tuple[Place, dict[str, Any]]:
    """The collection of a document's children, and what they have in common; raises `NotFound`."""
    parent = place_of(request, database, collection).collection
    query = named(id)
    if not parent.find(query).documents:
        raise engine.NotFound(NOT_FOUND)
    name, declared = child_collection(parent, field)
    if not declared:
        # A key that leads to the parent leads to what is declared to be its part, and to nothing else.
        check(principal_of(request), verb=request.method or "", path=f"/{name}")
    return place_of(request, database, name, makes=request.method == "POST"), parent_members(parent, id, field)
