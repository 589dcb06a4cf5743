"""Routes of the schema: as SQL text, and for Azimutt."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dialects.airsequel.platform.schema_text import azimutt_of, sql_of
from dialects.airsequel.views import AirsequelView, opened
from web.views import json_response


class SchemaTextView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        text = sql_of(opened(request, db_id))
        headers = {"Cache-Control": "no-store"}
        return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


class AzimuttView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        return json_response(azimutt_of(opened(request, db_id)))
