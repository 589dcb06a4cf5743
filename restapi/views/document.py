"""One document: read, changed and deleted by its id; and `*`, which deletes many."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from api.errors import NOT_FOUND
from api.views import json_response
from restapi import render
from restapi.access import is_full
from restapi.answers import one
from restapi.parsing import bodies
from restapi.parsing.reading import Reader
from restapi.views.base import RestView, collection_of, named, people, principal_of

_WHICH = "Send an array of ids, or a query as the parameter q."
_FULL = "Deleting by query needs a full-access key."
_MANY = "*"


class Document(RestView):
    http_method_names = ("get", "put", "patch", "delete", "options")

    def get(self, request: HttpRequest, database: str, collection: str, id: str) -> HttpResponse:
        handle = collection_of(request, database, collection)
        reader = Reader(request.GET)
        shown = reader.shown()
        reader.check()
        return json_response(one(handle, named(id), shown))

    def put(self, request: HttpRequest, database: str, collection: str, id: str) -> HttpResponse:
        handle = collection_of(request, database, collection)
        change = bodies.change(bodies.object_body(request))
        handle.require(engine.Action.WRITE)
        if change and not _changed(handle, named(id), change):
            raise engine.NotFound(NOT_FOUND)
        if engine.Action.READ not in handle.allowed:
            return json_response({"_id": id})
        found = handle.find(named(id)).documents
        if not found:
            raise engine.NotFound(NOT_FOUND)
        return json_response(render.document(found[0], metafields=True, people=people(found)))

    patch = put

    def delete(self, request: HttpRequest, database: str, collection: str, id: str) -> HttpResponse:
        handle = collection_of(request, database, collection)
        if id == _MANY:
            return json_response(render.deleted(handle.discard(_which(request))))
        if not handle.delete(named(id)):
            raise engine.NotFound(NOT_FOUND)
        return json_response(render.deleted([id]))


def _changed(handle: engine.Collection, query: engine.Query, change: engine.Operators) -> int:
    try:
        return handle.update(query, change)
    except engine.Invalid as problem:
        raise bodies.of_body(problem) from problem


def _which(request: HttpRequest) -> engine.Query:
    """The documents that are to be deleted: of a list of ids, or of a query."""
    if request.body.strip():
        return bodies.named(bodies.ids(bodies.body(request)))
    wanted = Reader(request.GET).filter()
    if wanted is None:
        raise engine.Invalid.of_field("q", _WHICH)
    if not is_full(principal_of(request)):
        raise engine.Forbidden(_FULL)
    return engine.Query(wanted, root="q")
