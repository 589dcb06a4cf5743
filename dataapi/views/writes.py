"""The writes of documents: POST, PUT and DELETE, alone or in bulk, each done once under an `Idempotency-Key`."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

import engine
from dataapi import render
from dataapi.id_alias import operation_with_id_alias
from dataapi.idempotency import Answer, answered
from dataapi.parsing import writes as parsing
from dataapi.views.base import DataView, collection_of
from web.parsing import json_body


class Writes(DataView):
    """POST, PUT and DELETE of a route whose GET is another's."""

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.insertion(json_body(request))
        collection = collection_of(request, asked.database_id, asked.collection)
        collection.require(engine.Action.INSERT)
        return answered(request, collection, lambda to: Answer(render.inserted(to.insert(asked.documents)), 201))

    def put(self, request: HttpRequest) -> HttpResponse:
        return self._write(request, parsing.update(json_body(request), if_match=request.META.get("HTTP_IF_MATCH")))

    def delete(self, request: HttpRequest) -> HttpResponse:
        return self._write(
            request, parsing.deletion(json_body(request), if_match=request.META.get("HTTP_IF_MATCH"))
        )

    def _write(self, request: HttpRequest, asked: parsing.Write) -> HttpResponse:
        collection = collection_of(request, asked.database_id, asked.collection)
        operation = operation_with_id_alias(asked.operation, collection)
        if asked.dry_run:
            return Answer(render.preview(collection.preview(operation))).response()
        for action in operation.needs:
            collection.require(action)
        return answered(request, collection, lambda to: self.answer(operation, to.write(operation)))

    def answer(self, operation: engine.Update | engine.Delete, written: engine.Written) -> Answer:
        """Return the body and headers for a write that was done."""
        if isinstance(operation, engine.Delete):
            return Answer(render.deleted(written.count))
        if operation.upsert:
            return Answer(render.upserted(written))
        seen = operation.guard.version
        headers = {}
        if seen is not None and written.count:
            headers["ETag"] = render.etag(operation.query.filter["_id"], seen + 1)
        return Answer(render.updated(written.count), headers=headers)


class Bulk(DataView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.bulk(json_body(request))
        collection = collection_of(request, asked.database_id, asked.collection)
        operations = [operation_with_id_alias(item, collection) for item in asked.bulk.operations]
        bulk = replace(asked.bulk, operations=operations)
        if not bulk.ordered and "HTTP_IDEMPOTENCY_KEY" in request.META:
            text = "An Idempotency-Key goes only with operations that are done together: ordered must be true."
            raise engine.Invalid.of_field("Idempotency-Key", text)
        if bulk.ordered:
            bulk.require(collection)
        return answered(request, collection, lambda to: Answer(render.done(bulk.operations, bulk.run(to))))
