"""The document routes below /api/v2, where they differ from those below /api."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

import engine
from dataapi import v2_files
from dataapi.id_alias import operation_with_id_alias
from dataapi.idempotency import WriteResponse
from dataapi.operations.v2 import NO_ID, NO_ID_OR_MANY, BulkV2Request, BulkV2Response, UpdateV2Request
from dataapi.operations.writes import WriteRequest
from dataapi.views.base import DataView, collection_of
from dataapi.views.crud import CrudView
from engine.errors import invalid
from engine.write import Bulk, WriteResult
from web import v2
from web.views import json_response


class CrudV2View(CrudView):
    """GET, POST and DELETE behave as those of /api/crud; PUT changes one document unless `update_many` is true."""

    envelope = staticmethod(v2.envelope)

    def put(self, request: HttpRequest) -> HttpResponse:
        return self._write(request, UpdateV2Request.of_body(request))

    def operation(self, params: WriteRequest, collection: engine.Collection) -> engine.Update | engine.Delete:
        operation = super().operation(params, collection)
        if (
            isinstance(params, UpdateV2Request)
            and not params.update_many
            and _may_match_many(operation, collection)
        ):
            raise engine.Invalid.of_field("filters", NO_ID_OR_MANY)
        return operation

    def respond(self, operation: engine.Update | engine.Delete, result: WriteResult) -> WriteResponse:
        """Return the response to a write; an update also reports `matched_count`.

        Every document that matches is changed.
        """
        response = super().respond(operation, result)
        if isinstance(operation, engine.Delete):
            return response
        content = {name: value for name, value in response.content.items() if value is not None}
        return replace(response, content={**content, "matched_count": result.count})


class BulkV2View(DataView):
    """Up to 500 updates of single documents, each run on its own."""

    envelope = staticmethod(v2.envelope)
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        params = BulkV2Request.of_body(request)
        updates = params.updates()
        collection = collection_of(request, params.database_id, params.collection_name)
        aliased = [operation_with_id_alias(update, collection) for update in updates]
        if errors := [
            engine.FieldError("filters", NO_ID, index)
            for index, update in enumerate(aliased)
            if _may_match_many(update, collection)
        ]:
            raise invalid(errors, unit="operation")
        bulk = Bulk(aliased, ordered=False)
        bulk.require(collection)
        return json_response(_outcomes(aliased, bulk.run(collection)))


def _may_match_many(operation: engine.Update | engine.Delete, collection: engine.Collection) -> bool:
    """Return whether several documents may have the `id` that an update names, if it names no `_id`.

    A field `id` names one document only if the collection declares it as unique; a collation may ignore case.
    """
    query = operation.query
    return "_id" not in query.filter and ("id" not in collection.spec.schema.unique or query.collation is not None)


def _outcomes(operations: Sequence[engine.Update], results: Sequence[WriteResult | engine.Error]) -> BulkV2Response:
    rows: list[dict[str, Any]] = []
    for index, result in enumerate(results):
        if isinstance(result, engine.Error):
            rows.append({"index": index, "ok": False, "error": result.message})
        elif result.id is not None:
            rows.append({"index": index, "ok": True, "upserted_id": result.id})
        else:
            rows.append({"index": index, "ok": True})
    count = sum(result.count for result in results if isinstance(result, WriteResult))
    failed = [row for row in rows if not row["ok"]]
    outcomes: BulkV2Response = {
        "success": not failed,
        "matched_count": count,
        "modified_count": count,
        "upserted_count": sum("upserted_id" in row for row in rows),
        "results": rows,
    }
    if failed:
        outcomes["errors"] = failed
    return outcomes


urlpatterns = [
    re_path(r"^crud/?$", CrudV2View.as_view()),
    re_path(r"^crud/bulk/?$", BulkV2View.as_view()),
    *v2_files.urlpatterns,
]
