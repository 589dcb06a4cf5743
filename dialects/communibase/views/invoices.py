"""Route of invoices: finalize."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dialects.communibase.resources.invoices import finalize
from dialects.communibase.views.base import CommunibaseView, open_documents
from web.views import json_response


class FinalizeView(CommunibaseView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, collection: str, id: str, database: str | None = None) -> HttpResponse:
        return json_response(finalize(open_documents(request, database, collection), id))
