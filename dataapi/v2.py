"""The document routes below /api/v2, where they differ from those below /api."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

import engine
from dataapi import v2_files
from dataapi.id_alias import operation_with_id_alias
from dataapi.idempotency import WriteResponse
from dataapi.parsing import writes as parsing
from dataapi.views.base import DataView, collection_of
from dataapi.views.crud import CrudView
from engine.errors import invalid
from engine.schema import is_positional
from engine.write import Bulk, WriteResult
from web import v2
from web.requests.body import json_body
from web.requests.parameters import Parameters
from web.views import json_response

_MAX_OPERATIONS = 500
_NEEDS_ID = "Name one document by its _id, or send update_many: true."


class CrudV2View(CrudView):
    """GET, POST and DELETE behave as those of /api/crud; PUT changes one document unless `update_many` is true."""

    envelope = staticmethod(v2.envelope)

    def put(self, request: HttpRequest) -> HttpResponse:
        body = _v1_update(json_body(request))
        return self._write(request, parsing.update(body, if_match=request.META.get("HTTP_IF_MATCH")))

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
        body = json_body(request)
        database_id, name, operations = _operations(body)
        collection = collection_of(request, database_id, name)
        aliased = [operation_with_id_alias(operation, collection) for operation in operations]
        bulk = Bulk(aliased, ordered=False)
        bulk.require(collection)
        return json_response(_outcomes(aliased, bulk.run(collection)))


def _v1_update(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body as /api/crud reads it. Raises `Invalid` where one document is meant and none is named."""
    params = Parameters(body)
    is_many = params.boolean("update_many", default=False)
    filters = params.object("filters", or_text=True)
    if filters and not is_many and not {"_id", "id"} & filters.keys():
        params.add_error("filters", _NEEDS_ID)
    params.check()
    update_data = body.get("update_data")
    names = update_data if isinstance(update_data, dict) else {}
    has_operators = any(name.startswith("$") or is_positional(name) for name in names)
    return {"update_all_fields": has_operators or "array_filters" in body, **body, "filters": filters}


def _operations(body: Mapping[str, Any]) -> tuple[str, str, list[engine.Update]]:
    params = Parameters(body)
    database_id, name = params.text("database_id"), params.text("collection_name")
    items = body.get("operations")
    if type(items) is not list or not 1 <= len(items) <= _MAX_OPERATIONS:
        params.add_error("operations", f"operations must be an array of 1 to {_MAX_OPERATIONS} operations")
        items = []
    params.check()
    operations: list[engine.Update] = []
    errors: list[engine.FieldError] = []
    for index, item in enumerate(items):
        try:
            operations.append(_operation(item))
        except engine.Invalid as error:
            errors += [engine.FieldError(issue.field, issue.message, index) for issue in error.errors]
    if errors:
        raise invalid(errors, unit="operation")
    return database_id, name, operations


def _operation(item: Any) -> engine.Update:
    if type(item) is not dict:
        raise engine.Invalid.of_field("", "Must be an object with filters and update_data.")
    if item.get("upsert") is True and item.get("update_all_fields") is not True:
        raise engine.Invalid.of_field("upsert", "upsert needs update_all_fields: true")
    return parsing.update_operation(_v1_update({**item, "update_many": False}))


def _outcomes(operations: Sequence[engine.Update], results: Sequence[WriteResult | engine.Error]) -> dict[str, Any]:
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
    return {
        "success": not failed,
        "matched_count": count,
        "modified_count": count,
        "upserted_count": sum("upserted_id" in row for row in rows),
        "results": rows,
        **({"errors": failed} if failed else {}),
    }


urlpatterns = [
    re_path(r"^crud/?$", CrudV2View.as_view()),
    re_path(r"^crud/bulk/?$", BulkV2View.as_view()),
    *v2_files.urlpatterns,
]
