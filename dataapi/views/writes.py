"""The views of writes: POST, PUT and DELETE, single or in bulk, run once for each `Idempotency-Key`."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

import engine
from dataapi import render
from dataapi.id_alias import operation_with_id_alias
from dataapi.idempotency import WriteResponse, respond_once
from dataapi.operations.bulk import BulkRequest
from dataapi.operations.writes import DeleteRequest, InsertRequest, UpdateRequest, WriteRequest
from dataapi.views.base import DataView, collection_of
from engine.write import WriteResult


class WritesView(DataView):
    """The methods POST, PUT and DELETE, for a route whose subclass has GET."""

    def post(self, request: HttpRequest) -> HttpResponse:
        params = InsertRequest.of_body(request)
        collection = collection_of(request, params.database_id, params.collection_name)
        collection.require(engine.Action.INSERT)
        return respond_once(
            request, collection, lambda target: WriteResponse(render.inserted(target.insert(params.documents)), 201)
        )

    def put(self, request: HttpRequest) -> HttpResponse:
        return self._write(request, UpdateRequest.of_body(request))

    def delete(self, request: HttpRequest) -> HttpResponse:
        return self._write(request, DeleteRequest.of_body(request))

    def _write(self, request: HttpRequest, params: WriteRequest) -> HttpResponse:
        collection = collection_of(request, params.database_id, params.collection_name)
        operation = self.operation(params, collection)
        if params.dry_run:
            return WriteResponse(render.preview(collection.preview(operation))).as_http()
        for action in operation.needs:
            collection.require(action)
        return respond_once(request, collection, lambda target: self.respond(operation, target.write(operation)))

    def operation(self, params: WriteRequest, collection: engine.Collection) -> engine.Update | engine.Delete:
        """Return the write of a request. Raises `Invalid` if this collection does not allow it."""
        return operation_with_id_alias(params.operation(), collection)

    def respond(self, operation: engine.Update | engine.Delete, result: WriteResult) -> WriteResponse:
        """Return the response to a write."""
        if isinstance(operation, engine.Delete):
            return WriteResponse(render.deleted(result.count))
        if operation.upsert:
            return WriteResponse(render.upserted(result))
        previous_version = operation.precondition.version
        headers = {}
        if previous_version is not None and result.count:
            headers["ETag"] = render.etag(operation.query.filter["_id"], previous_version + 1)
        return WriteResponse(render.updated(result.count), headers=headers)


class BulkView(DataView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        params = BulkRequest.of_body(request)
        bulk = params.bulk()
        collection = collection_of(request, params.database_id, params.collection_name)
        bulk = replace(bulk, operations=[operation_with_id_alias(item, collection) for item in bulk.operations])
        if not bulk.ordered and "HTTP_IDEMPOTENCY_KEY" in request.META:
            text = "An Idempotency-Key requires ordered: true."
            raise engine.Invalid.of_field("Idempotency-Key", text)
        if bulk.ordered:
            bulk.require(collection)
        return respond_once(
            request,
            collection,
            lambda target: WriteResponse(render.bulk_results(bulk.operations, bulk.run(target))),
        )
