"""The time machine: the states that documents had, and the way back to them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
import features.jobs.services
import features.jobs.tasks
from accounts.principal import Principal
from catalog.services import forget_history
from dataapi import render
from dataapi.id_alias import with_id_alias
from dataapi.idempotency import Answer, answered
from dataapi.parsing import history as parsing
from dataapi.views.base import DataView, collection_of
from web.parsing import json_body
from web.views import json_response


class History(DataView):
    """The states of one document; and the end of old versions."""

    http_method_names = ("get", "delete", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.states(request.GET)
        history = collection_of(request, asked.database_id, asked.collection).history
        found = history.of_document(asked.document_id, skip=asked.skip, limit=asked.limit)
        return json_response(render.states(found, document_id=asked.document_id))

    def delete(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.forgetting(json_body(request))
        principal: Principal = request.principal  # type: ignore[attr-defined]
        count = forget_history(principal, asked.database_id, asked.collection, before=asked.before)
        return json_response(render.forgotten(count))


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
        collection = collection_of(request, asked.database_id, asked.collection)
        states = collection.history.search(with_id_alias(asked.query, collection))
        return json_response(render.found_states(states))


class Restore(DataView):
    """Makes a document what it was in a version, or a whole collection or database what it was at a moment."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        body = json_body(request)
        if "as_of" in body:
            return _restored(request, parsing.restore_to(body))
        asked = parsing.restore(body)
        collection = _of(request, asked, engine.Action.READ, engine.Action.WRITE)
        return answered(
            request,
            collection,
            lambda to: Answer(render.document(to.history.restore(asked.document_id, asked.number))),
        )


class Undelete(DataView):
    """Brings a deleted document back."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.undelete(json_body(request))
        collection = _of(request, asked, engine.Action.READ, engine.Action.INSERT)
        return answered(
            request, collection, lambda to: Answer(render.document(to.history.undelete(asked.document_id)))
        )


def _of(request: HttpRequest, asked: parsing.OfDocument, *actions: engine.Action) -> engine.Collection:
    """The collection, for whoever may do these; an answer that is given again asks nobody."""
    collection = collection_of(request, asked.database_id, asked.collection)
    for action in actions:
        collection.require(action)
    return collection


def _restored(request: HttpRequest, asked: parsing.Restoring) -> HttpResponse:
    principal: Principal = request.principal  # type: ignore[attr-defined]
    job_id = features.jobs.services.restore_to(
        principal, asked.database_id, asked.collection, at=asked.moment, dry_run=asked.dry_run
    )
    status = features.jobs.tasks.start(principal, job_id)
    if status.state == "failed":
        raise features.jobs.services.error_of(status)
    if status.state != "done":
        return json_response(render.accepted(job_id), status=202)
    return json_response(render.restored(status))
