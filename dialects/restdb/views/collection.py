"""Routes of a collection: list documents, create documents."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from dialects.restdb.documents.relations import with_link_ids
from dialects.restdb.documents.responses import CollectionRequest, list_response, present_created
from dialects.restdb.operations.documents import CreateParameters
from dialects.restdb.query.bodies import document_body, new_documents
from dialects.restdb.views.base import RestView, collection_request
from web.views import json_response


class CollectionView(RestView):
    http_method_names = ("get", "post", "options")
    runs_in_event_loop = True

    def get(self, request: HttpRequest, database: str, collection: str) -> HttpResponse:
        target = collection_request(request, database, collection)
        return list_response(target, target.list_request(request.GET))

    def post(self, request: HttpRequest, database: str, collection: str) -> HttpResponse:
        return create_response(collection_request(request, database, collection, create=True), request)


def create_response(target: CollectionRequest, request: HttpRequest, **members: Any) -> HttpResponse:
    """Create one document or an array of them and answer them as they are stored. `members` are added to each."""
    body = document_body(request, target.schema)
    many = type(body) is list
    documents = [{**with_link_ids(item, target.schema), **members} for item in new_documents(body)]
    lenient = many and not CreateParameters.of_params(request.GET).is_validated
    presented = present_created(target, target.collection.create(documents, lenient=lenient))
    return json_response(presented if many else presented[0], status=201)
