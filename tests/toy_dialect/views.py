"""The view of the toy dialect."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from accounts.authentication import authenticate
from accounts.principal import Principal
from catalog.services.access import open_database
from web.views import DocumentView, json_response

from . import render
from .operations import SampleRequest


class SampleView(DocumentView):
    """The first documents of a collection."""

    http_method_names = ("get",)
    envelope = staticmethod(render.envelope)

    def authenticate(self, request: HttpRequest) -> Principal:
        return authenticate(request.META.get("HTTP_AUTHORIZATION"))

    def get(self, request: HttpRequest, database: str, collection: str) -> HttpResponse:
        handle = open_database(request.principal, database, collection=collection, surface="toy")
        params = SampleRequest.of_query(request)
        return json_response(render.sample(handle.collection(collection).find(engine.Query(limit=params.size))))
