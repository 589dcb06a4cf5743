"""One document: read, changed and deleted by its id; and `*`, which deletes many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

import engine
from dialects.restdb import render
from dialects.restdb.auth.access import is_full
from dialects.restdb.documents.relations import ids_of_links, links
from dialects.restdb.documents.responses import Place, one, whole
from dialects.restdb.query import bodies
from dialects.restdb.views.base import RestView, named, place_of, principal_of
from web.errors import NOT_FOUND
from web.views import json_response

_WHICH = "Send an array of ids, or a query as the parameter q."
_FULL = "Deleting by query needs a full-access key."
_MANY = "*"
T = TypeVar("T")


class Document(RestView):
    http_method_names = ("get", "put", "patch", "delete", "options")

    def get(self, request: HttpRequest, database: str, collection: str, id: str) -> HttpResponse:
        place = place_of(request, database, collection)
        return json_response(one(place, named(id), place.reader(request.GET).shown_alone()))

    def put(self, request: HttpRequest, database: str, collection: str, id: str) -> HttpResponse:
        place = place_of(request, database, collection)
        handle = place.collection
        sent = bodies.as_object(bodies.document_body(request, place.schema))
        change = bodies.change(ids_of_links(sent, place.schema)) if sent else engine.Touch(bodies.ROOT)
        handle.require(engine.Action.WRITE)
        if engine.Action.READ not in handle.allowed:
            if change and not _done(handle.update, named(id), change):
                raise engine.NotFound(NOT_FOUND)
            return json_response({"_id": id})
        found = _done(handle.change, named(id), change) if change else None
        if change is None or (found and links(place.schema).keys() & found.keys()):
            found = next(iter(place.find(named(id)).documents), None)
        if not found:
            raise engine.NotFound(NOT_FOUND)
        return json_response(whole(place, [found])[0])

    patch = put

    def delete(self, request: HttpRequest, database: str, collection: str, id: str) -> HttpResponse:
        place = place_of(request, database, collection)
        handle = place.collection
        if id == _MANY:
            return json_response(render.deleted(handle.discard(_which(request, place))))
        if not handle.delete(named(id)):
            raise engine.NotFound(NOT_FOUND)
        return json_response(render.deleted([id]))


def _done(change_it: Callable[[engine.Query, Any], T], query: engine.Query, change: Any) -> T:
    try:
        return change_it(query, change)
    except engine.Invalid as problem:
        raise bodies.of_body(problem) from problem


def _which(request: HttpRequest, place: Place) -> engine.Query:
    """The documents that are to be deleted: of a list of ids, or of a query."""
    if request.body.strip():
        return bodies.named(bodies.ids(bodies.body(request)))
    wanted = place.reader(request.GET).filter()
    if wanted is None:
        raise engine.Invalid.of_field("q", _WHICH)
    if not is_full(principal_of(request)):
        raise engine.Forbidden(_FULL)
    return engine.Query(wanted, root="q")
