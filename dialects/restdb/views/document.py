"""Routes of one document: read, change and delete by id; `*` as the id deletes many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

import engine
from dialects.restdb import render
from dialects.restdb.auth.access import is_full
from dialects.restdb.documents.relations import links, with_link_ids
from dialects.restdb.documents.responses import CollectionRequest, present_written, read_one
from dialects.restdb.operations.lists import DisplayOptions, Selection
from dialects.restdb.query import bodies
from dialects.restdb.views.base import RestView, by_id, collection_request, principal_of
from engine.update import Touch
from web.errors import NOT_FOUND
from web.views import json_response

_NO_SELECTION = "Send an array of ids, or a query as the parameter q."
_NEEDS_FULL_KEY = "Deleting by query needs a full-access key."
_MANY = "*"
T = TypeVar("T")


class DocumentByIdView(RestView):
    http_method_names = ("get", "put", "patch", "delete", "options")
    runs_in_event_loop = True

    def get(self, request: HttpRequest, database: str, collection: str, id: str) -> HttpResponse:
        target = collection_request(request, database, collection)
        return json_response(read_one(target, by_id(id), DisplayOptions.of_params(request.GET)))

    def put(self, request: HttpRequest, database: str, collection: str, id: str) -> HttpResponse:
        target = collection_request(request, database, collection)
        handle = target.collection
        members = bodies.as_object(bodies.document_body(request, target.schema))
        change = bodies.change(with_link_ids(members, target.schema)) if members else Touch(bodies.ROOT)
        handle.require(engine.Action.WRITE)
        if engine.Action.READ not in handle.allowed:
            if change and not _apply(handle.update, by_id(id), change):
                raise engine.NotFound(NOT_FOUND)
            return json_response({"_id": id})
        document = _apply(handle.change, by_id(id), change) if change else None
        if change is None or (document and links(target.schema).keys() & document.keys()):
            document = next(iter(target.find(by_id(id)).documents), None)
        if not document:
            raise engine.NotFound(NOT_FOUND)
        return json_response(present_written(target, [document])[0])

    patch = put

    def delete(self, request: HttpRequest, database: str, collection: str, id: str) -> HttpResponse:
        target = collection_request(request, database, collection)
        handle = target.collection
        if id == _MANY:
            return json_response(render.deleted(handle.delete_returning_ids(_query_to_delete(request, target))))
        if not handle.delete(by_id(id)):
            raise engine.NotFound(NOT_FOUND)
        return json_response(render.deleted([id]))


def _apply(work: Callable[[engine.Query, Any], T], query: engine.Query, change: Any) -> T:
    try:
        return work(query, change)
    except engine.Invalid as error:
        raise bodies.with_body_paths(error) from error


def _query_to_delete(request: HttpRequest, target: CollectionRequest) -> engine.Query:
    """Return the query of the documents to delete: an array of ids in the body, or the parameter `q`."""
    if request.body.strip():
        return bodies.by_ids(bodies.ids(bodies.body(request)))
    query_filter = Selection.of_params(request.GET, context=target.scope).query_filter()
    if query_filter is None:
        raise engine.Invalid.of_field("q", _NO_SELECTION)
    if not is_full(principal_of(request)):
        raise engine.Forbidden(_NEEDS_FULL_KEY)
    return engine.Query(query_filter, root="q")
