"""The children of a document: documents of another collection that name it as their parent."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from api.errors import NOT_FOUND
from api.views import json_response
from restapi.answers import listing, one
from restapi.parsing.reading import Reader
from restapi.relations import child_collection, parent_members
from restapi.views.base import RestView, collection_of, database_of, named
from restapi.views.collection import created


class Children(RestView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, database: str, collection: str, id: str, field: str) -> HttpResponse:
        asked = Reader(request.GET).reading()
        handle, parent = _children(request, database, collection, id, field)
        return listing(handle, asked, only=parent)

    def post(self, request: HttpRequest, database: str, collection: str, id: str, field: str) -> HttpResponse:
        handle, parent = _children(request, database, collection, id, field)
        return created(handle, request, **parent)


class Child(RestView):
    http_method_names = ("get", "options")

    def get(
        self, request: HttpRequest, database: str, collection: str, id: str, field: str, child: str
    ) -> HttpResponse:
        handle, parent = _children(request, database, collection, id, field)
        reader = Reader(request.GET)
        shown = reader.shown()
        reader.check()
        return json_response(one(handle, named(child), shown, only=parent))


def _children(
    request: HttpRequest, database: str, collection: str, id: str, field: str
) -> tuple[engine.Collection, dict[str, Any]]:
    """The collection of a document's children, and what they have in common; raises `NotFound`."""
    parent = collection_of(request, database, collection)
    query = named(id)
    if not parent.find(query).documents:
        raise engine.NotFound(NOT_FOUND)
    name = child_collection(parent, field)
    handle = database_of(request, database, collection=name).collection(name)
    return handle, parent_members(parent, id, field)
