"""Documents: POST, GET, PUT and DELETE on one route; the writes are those of `Writes`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from dataapi import render
from dataapi.id_alias import with_id_alias
from dataapi.parsing import documents as parsing
from dataapi.views.base import collection_of
from dataapi.views.writes import Writes
from web.parameters import query_of
from web.views import json_response


class Crud(Writes):
    http_method_names = ("get", "post", "put", "delete", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.read(query_of(request))
        collection = collection_of(request, asked.database_id, asked.collection)
        query = with_id_alias(asked.query, collection)
        if asked.as_of:
            then = collection.history.as_of(query, asked.as_of)
            return json_response(render.listed_as_of(then, page=asked.page, page_size=asked.page_size))
        if asked.explain:
            told = collection.explain(query)
            return json_response(render.explained(told, database_id=asked.database_id, collection=asked.collection))
        found = collection.find(query)
        tag = _etag(query, found)
        if tag and _has(request.META.get("HTTP_IF_NONE_MATCH", ""), tag):
            return HttpResponse(status=304, headers={"ETag": tag, "Cache-Control": "no-store"})
        response = json_response(render.listed(found, page=asked.page, page_size=asked.page_size))
        if tag:
            response.headers["ETag"] = tag
        return response


def _etag(query: engine.Query, found: engine.Page) -> str | None:
    """The ETag of the one document that a filter names, where the answer shows its version."""
    named = None if query.expand else query.filter.get("_id")
    if type(named) is not str or len(found.documents) != 1:
        return None
    version = found.documents[0].get("_sys", {}).get("version")
    return render.etag(named, version) if version else None


def _has(header: str, tag: str) -> bool:
    """Whether `If-None-Match` names the tag; that header compares weakly."""
    return any(item.strip().removeprefix("W/") in (tag, "*") for item in header.split(","))
