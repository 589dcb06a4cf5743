"""The view of /api/crud: GET reads documents; POST, PUT and DELETE are those of `WritesView`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from dataapi import render
from dataapi.id_alias import with_id_alias
from dataapi.operations.documents import FindRequest
from dataapi.views.base import collection_of
from dataapi.views.writes import WritesView
from web.views import json_response


class CrudView(WritesView):
    http_method_names = ("get", "post", "put", "delete", "options")
    runs_in_event_loop = True

    def get(self, request: HttpRequest) -> HttpResponse:
        params = FindRequest.of_query(request)
        collection = collection_of(request, params.database_id, params.collection_name)
        query = with_id_alias(params.query(), collection)
        if params.as_of:
            past = collection.history.as_of(query, params.as_of)
            return json_response(render.listed_as_of(past, page=params.page_number, page_size=params.page_size))
        if params.explain:
            plan = collection.explain(query)
            return json_response(
                render.explained(plan, database_id=params.database_id, collection=params.collection_name)
            )
        page = collection.find(query)
        tag = _etag(query, page)
        if tag and _matches(request.META.get("HTTP_IF_NONE_MATCH", ""), tag):
            return HttpResponse(status=304, headers={"ETag": tag, "Cache-Control": "no-store"})
        response = json_response(render.listed(page, page=params.page_number, page_size=params.page_size))
        if tag:
            response.headers["ETag"] = tag
        return response


def _etag(query: engine.Query, page: engine.Page) -> str | None:
    """Return the ETag of the one document that a filter names by id, or None where its version is not returned."""
    document_id = None if query.expand else query.filter.get("_id")
    if type(document_id) is not str or len(page.documents) != 1:
        return None
    version = page.documents[0].get("_sys", {}).get("version")
    return render.etag(document_id, version) if version else None


def _matches(header: str, tag: str) -> bool:
    """Return whether `If-None-Match` names the tag; that header compares weakly."""
    return any(item.strip().removeprefix("W/") in (tag, "*") for item in header.split(","))
