"""Children of a document: documents of another collection whose parent it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from dialects.restdb.auth.access import check
from dialects.restdb.documents.relations import child_collection, parent_members
from dialects.restdb.documents.responses import CollectionRequest, list_response, read_one
from dialects.restdb.operations.lists import DisplayOptions
from dialects.restdb.views.base import RestView, by_id, collection_request, principal_of
from dialects.restdb.views.collection import create_response
from web.errors import NOT_FOUND
from web.views import json_response


class ChildrenView(RestView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, database: str, collection: str, id: str, field: str) -> HttpResponse:
        target, parent = _children(request, database, collection, id, field)
        return list_response(target, target.list_request(request.GET), base_filter=parent)

    def post(self, request: HttpRequest, database: str, collection: str, id: str, field: str) -> HttpResponse:
        target, parent = _children(request, database, collection, id, field)
        return create_response(target, request, **parent)


class ChildView(RestView):
    http_method_names = ("get", "options")

    def get(
        self, request: HttpRequest, database: str, collection: str, id: str, field: str, child: str
    ) -> HttpResponse:
        target, parent = _children(request, database, collection, id, field)
        display = DisplayOptions.of_params(request.GET)
        return json_response(read_one(target, by_id(child), display, base_filter=parent))


def _children(
    request: HttpRequest, database: str, collection: str, id: str, field: str
) -> tuple[CollectionRequest, dict[str, Any]]:
    """Return the collection of a document's children and the fields that they share; raises `NotFound`."""
    parent = collection_request(request, database, collection).collection
    query = by_id(id)
    if not parent.find(query).documents:
        raise engine.NotFound(NOT_FOUND)
    name, declared = child_collection(parent, field)
    if not declared:
        # A key's paths to the parent include its declared children, but no other collection.
        check(principal_of(request), verb=request.method or "", path=f"/{name}")
    return collection_request(request, database, name, create=request.method == "POST"), parent_members(
        parent, id, field
    )
