"""The time machine: the states that documents had, and the way back to them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from api.parsing import json_body
from api.views import json_response
from dataapi import render
from dataapi.parsing import history as parsing
from dataapi.views.base import DataView, collection_of


class History(DataView):
    """The states of one document."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.states(request.GET)
        history = collection_of(request, asked.database_id, asked.collection).history
        found = history.of_document(asked.document_id, skip=asked.skip, limit=asked.limit)
        return json_response(render.states(found, document_id=asked.document_id))


class Version(DataView):
    """One state of a document, whole."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.version(request.GET)
        history = collection_of(request, asked.database_id, asked.collection).history
        return json_response(render.document(history.version(asked.document_id, asked.number)))


class Diff(DataView):
    """What is not the same in two states of a document."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.diff(request.GET)
        history = collection_of(request, asked.database_id, asked.collection).history
        found = history.difference(asked.document_id, asked.one, asked.other)
        return json_response(render.differences(found))


class Search(DataView):
    """All states of all documents, deleted ones included, that match."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.search(request.GET)
        history = collection_of(request, asked.database_id, asked.collection).history
        return json_response(render.found_states(history.search(asked.query)))


class Restore(DataView):
    """Makes a document what it was in a version."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.restore(json_body(request))
        history = collection_of(request, asked.database_id, asked.collection).history
        return json_response(render.document(history.restore(asked.document_id, asked.number)))


class Undelete(DataView):
    """Brings a deleted document back."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.undelete(json_body(request))
        history = collection_of(request, asked.database_id, asked.collection).history
        return json_response(render.document(history.undelete(asked.document_id)))
