"""Route of aggregation pipelines."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dialects.communibase.query.pipelines import with_literals
from dialects.communibase.views.base import CommunibaseView, json_of, open_documents
from web.views import json_response


class EntityAggregateView(CommunibaseView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, collection: str, database: str | None = None) -> HttpResponse:
        documents = open_documents(request, database, collection)
        results = documents.collection.aggregate(with_literals(json_of(request)))
        return json_response(documents.present(results))
