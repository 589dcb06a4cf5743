"""What the views of the REST dialect share: who asks, what the key allows, the way to a collection."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

import engine
from accounts.principal import Principal
from api.errors import NotAcceptable
from api.parameters import lists_of
from api.views import DocumentView
from catalog.services import identify, open_database
from restapi import cors, render
from restapi.access import check, is_full, reads
from restapi.answers import Place
from restapi.credentials import Credentials
from restapi.parsing.bodies import NO_ID, is_id

SURFACE = "rest"
_OVERRIDES = ("PUT", "PATCH", "DELETE")


class RestView(DocumentView):
    """A view of one database: `X-HTTP-Method-Override` counts, and pages of other origins are answered."""

    envelope = staticmethod(render.envelope)
    below_rest = True
    repeatable_parameters = ("sort", "dir", "groupby", "aggregate")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wanted = request.META.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").upper()
        if request.method == "POST" and wanted in _OVERRIDES:
            request.method = wanted
        response = super().dispatch(request, *args, **kwargs)
        if request.method != "OPTIONS":
            cors.allow(request, response)
        return response

    def failure(self, problem: Exception) -> HttpResponse:
        return super().failure(render.understood(problem))

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cors.preflight(request.META.get("HTTP_ORIGIN", ""), verbs=", ".join(self._allowed_methods()))

    def authenticate(self, request: HttpRequest) -> Principal:
        request.GET = lists_of(request)
        principal = Credentials.of(request).principal(self.kwargs["database"])
        request.principal = principal  # type: ignore[attr-defined] - for the answer's CORS headers
        cors.check(request.META.get("HTTP_ORIGIN", ""), principal)
        if self.below_rest and not is_full(principal):
            check(
                principal,
                verb="GET" if request.method == "HEAD" else request.method or "",
                path=_below(request.path),
            )
        return principal


def _below(path: str) -> str:
    """What a key's path patterns are compared with: the path behind `/rest`, or behind the database, where a
    collection is called by its name alone, without an extension.
    """
    below = "/" + path.split("/", 3)[-1]
    first, slash, rest = below.removeprefix("/rest/").removeprefix("/").partition("/")
    plain = first if first.startswith("_") else first.partition(".")[0]
    return f"/{plain}{slash}{rest}".rstrip("/")


def principal_of(request: HttpRequest) -> Principal:
    return request.principal  # type: ignore[attr-defined]


def database_of(request: HttpRequest, name: str, *, collection: str | None = None) -> engine.Database:
    principal = principal_of(request)
    return open_database(principal, identify(principal, name), collection=collection, surface=SURFACE)


def place_of(request: HttpRequest, database: str, name: str) -> Place:
    """A collection, whose name may have the extension `.json`."""
    plain, _, extension = name.partition(".")
    if extension not in ("", "json") or request.GET.get("format", "json") != "json":
        raise NotAcceptable("Only the format json is served.")
    handle = database_of(request, database, collection=plain)
    return Place(handle, handle.collection(plain), database, partial(reads, principal_of(request)))


def named(document_id: str) -> engine.Query:
    """The one document of an id; raises `Invalid` for what is none."""
    if not is_id(document_id):
        raise engine.Invalid.of_field("_id", NO_ID)
    return engine.Query({"_id": document_id}, limit=1, count=engine.Count.NONE, root="_id")
