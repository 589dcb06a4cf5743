"""Base class of the REST dialect's views: authentication, key restrictions, access to a collection."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

import engine
from accounts.authentication import caller_of, set_caller
from accounts.principal import Principal
from catalog.services.access import open_database, resolve_database_id
from dialects.restdb import render
from dialects.restdb.auth import cors
from dialects.restdb.auth.access import check, is_full, reads
from dialects.restdb.auth.credentials import RequestCredentials
from dialects.restdb.documents import formats
from dialects.restdb.documents.formats import FORMATS
from dialects.restdb.documents.responses import CollectionRequest
from dialects.restdb.documents.system_collections import create_missing, with_system
from dialects.restdb.query.bodies import NO_ID, is_id
from web.errors import NotAcceptable
from web.requests.parameters import lists_of
from web.views import DocumentView

SURFACE = "rest"
_OVERRIDES = ("PUT", "PATCH", "DELETE")


class FormattedRequest(HttpRequest):
    """A request as it is after `collection_request`, for type checks."""

    response_format: tuple[str, str]


class RestView(DocumentView):
    """View of one database. Honors `X-HTTP-Method-Override` and answers cross-origin requests."""

    envelope = staticmethod(render.envelope)
    below_rest = True
    repeatable_parameters = ("sort", "dir", "groupby", "aggregate")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        override = request.META.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").upper()
        if request.method == "POST" and override in _OVERRIDES:
            request.method = override
        response = super().dispatch(request, *args, **kwargs)
        format, name = getattr(request, "response_format", ("json", ""))
        if format != "json" and response.status_code == 200 and isinstance(response, HttpResponse):
            response = formats.convert(request, response, format=format, name=name)
        if request.method != "OPTIONS":
            cors.allow(request, response)
        return response

    def failure(self, error: Exception) -> HttpResponse:
        return super().failure(render.as_validation_error(error))

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cors.preflight(request.META.get("HTTP_ORIGIN", ""), verbs=", ".join(self.allowed_methods))

    def authenticate(self, request: HttpRequest) -> Principal | None:
        request.GET = cast(Any, lists_of(request))
        principal = RequestCredentials.of(request).principal(self.kwargs["database"])
        set_caller(request, principal)  # for the answer's CORS headers
        cors.check(request.META.get("HTTP_ORIGIN", ""), principal)
        if self.below_rest and not is_full(principal):
            check(
                principal,
                verb="GET" if request.method == "HEAD" else request.method or "",
                path=_path_for_key(request.path),
            )
        return principal


def _path_for_key(path: str) -> str:
    """Return the path that a key's patterns are matched with.

    It is the path after `/rest`, or after the database, with the collection's name without an extension.
    """
    below = "/" + path.split("/", 3)[-1]
    first, slash, rest = below.removeprefix("/rest/").removeprefix("/").partition("/")
    plain = first if first.startswith("_") else first.partition(".")[0]
    return f"/{plain}{slash}{rest}".rstrip("/")


def principal_of(request: HttpRequest) -> Principal:
    return caller_of(request)


def database_of(request: HttpRequest, name: str, *, collection: str | None = None) -> engine.Database:
    """Open the database of a name or id for the caller, with the dialect's system collections."""
    principal = principal_of(request)
    database = open_database(
        principal, resolve_database_id(principal, name), collection=collection, surface=SURFACE
    )
    return with_system(database, principal)


def collection_request(
    request: HttpRequest, database: str, name: str, *, create: bool = False
) -> CollectionRequest:
    """Resolve a collection, whose name may end with a format's extension.

    With `create` create a missing system collection.
    """
    plain, _, extension = name.partition(".")
    format = extension or getattr(request, "response_format", ("", ""))[0] or request.GET.get("format") or "json"
    if format not in FORMATS or (format != "json" and request.method not in ("GET", "HEAD")):
        raise NotAcceptable(f"The formats are {', '.join(FORMATS)}, and for writes json.")
    formats.check(request, format)
    cast(FormattedRequest, request).response_format = (format, plain)  # for `dispatch`, which has the answer
    handle = database_of(request, database, collection=plain)
    if create and create_missing(handle, plain):
        handle = database_of(request, database, collection=plain)
    return CollectionRequest(handle, handle.collection(plain), database, partial(reads, principal_of(request)))


def by_id(document_id: str) -> engine.Query:
    """Return a query for one document; raises `Invalid` unless `document_id` is a document id."""
    if not is_id(document_id):
        raise engine.Invalid.of_field("_id", NO_ID)
    return engine.Query({"_id": document_id}, limit=1, count=engine.Count.NONE, root="_id")
