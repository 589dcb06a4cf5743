"""The views of the version history, and of restores from it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
import features.jobs.services
import features.jobs.tasks
from catalog.services.retention import forget_history
from dataapi import render
from dataapi.id_alias import with_id_alias
from dataapi.idempotency import WriteResponse, respond_once
from dataapi.operations import history as declared
from dataapi.operations import restores
from dataapi.views.base import DataView, collection_of, principal_of
from web.requests.body import json_body
from web.views import json_response


class HistoryView(DataView):
    """The versions of one document; DELETE removes old versions of a collection."""

    http_method_names = ("get", "delete", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = declared.VersionsRequest.of_query(request)
        history = collection_of(request, params.database_id, params.collection_name).history
        versions = history.of_document(params.document_id, skip=params.skip, limit=params.page_size)
        return json_response(render.states(versions, document_id=params.document_id))

    def delete(self, request: HttpRequest) -> HttpResponse:
        params = declared.PruneRequest.of_body(request)
        principal = principal_of(request)
        count = forget_history(principal, params.database_id, params.collection_name, before=params.before)
        return json_response(render.pruned(count))


class VersionView(DataView):
    """One version of a document, in full."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = declared.VersionRequest.of_query(request)
        history = collection_of(request, params.database_id, params.collection_name).history
        return json_response(render.document(history.version(params.document_id, params.version)))


class DiffView(DataView):
    """The differences between two versions of a document."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = declared.DiffRequest.of_query(request)
        history = collection_of(request, params.database_id, params.collection_name).history
        changes = history.difference(params.document_id, params.one, params.other)
        return json_response(render.differences(changes))


class SearchView(DataView):
    """A search over all versions of all documents, deleted ones included."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = declared.SearchRequest.of_query(request)
        collection = collection_of(request, params.database_id, params.collection_name)
        versions = collection.history.search(with_id_alias(params.query(), collection))
        return json_response(render.search_results(versions))


class RestoreView(DataView):
    """Restores a document to a version, or a collection or database to a time."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        body = json_body(request)
        if "as_of" in body:
            return _restored(request, restores.RestoreToRequest.parse(body))
        params = restores.RestoreRequest.parse(body)
        collection = _authorized_collection(request, params, engine.Action.READ, engine.Action.WRITE)
        return respond_once(
            request,
            collection,
            lambda target: WriteResponse(
                render.document(target.history.restore(params.document_id, params.version))
            ),
        )


class UndeleteView(DataView):
    """Restores a deleted document."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        params = restores.UndeleteRequest.of_body(request)
        collection = _authorized_collection(request, params, engine.Action.READ, engine.Action.INSERT)
        return respond_once(
            request,
            collection,
            lambda target: WriteResponse(render.document(target.history.undelete(params.document_id))),
        )


def _authorized_collection(
    request: HttpRequest, params: declared.DocumentRequest, *actions: engine.Action
) -> engine.Collection:
    """Return the collection after checking the actions: a response that is sent again runs no other check."""
    collection = collection_of(request, params.database_id, params.collection_name)
    for action in actions:
        collection.require(action)
    return collection


def _restored(request: HttpRequest, params: restores.RestoreToRequest) -> HttpResponse:
    principal = principal_of(request)
    job_id = features.jobs.services.restore_to(
        principal,
        params.database_id,
        params.collection_name,
        at=params.as_of,
        dry_run=params.dry_run,
        with_schema=params.with_schema,
    )
    status = features.jobs.tasks.start(principal, job_id)
    if status.state == "failed":
        raise features.jobs.services.error_of(status)
    if status.state != "done":
        return json_response(render.accepted(job_id), status=202)
    return json_response(render.restored(status))
