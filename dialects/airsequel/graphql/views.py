"""Routes of GraphQL: operations, and the first query of the page to write them on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

import engine
from catalog.services.metadata.attributes import read_profile
from dialects.airsequel.graphql.execution import run
from dialects.airsequel.graphql.operations import GraphQLBody
from dialects.airsequel.graphql.persisted import NOT_FOUND, with_query
from dialects.airsequel.graphql.playground import default_query
from dialects.airsequel.graphql.resolvers.request import GraphRequest
from dialects.airsequel.graphql.schema.cache import schema_of
from dialects.airsequel.views import AirsequelView, addressed, opened, opened_read_only
from engine.suspension import in_thread

_SEE_OTHER = 303
_USE_STREAM = "Subscriptions come as a stream: send Accept: text/event-stream, or open a WebSocket."
# The editor sets styles, and has its icons in its style sheet. Nothing comes from another host.
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}


class GraphQLView(AirsequelView):
    runs_in_event_loop = True
    http_method_names: tuple[str, ...] = ("get", "post", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"/dbs/{quote(db_id, safe='')}/graphiql", status=_SEE_OTHER)

    is_extended = False

    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        database = opened(request, db_id)

        def readonly_id() -> str:
            principal, _ = addressed(request, db_id)
            return in_thread(lambda: read_profile(principal, database.id).readonly_id)

        reopen = partial(_reopen, request, db_id)
        return _answer(request, database, reopen, readonly_id, extended=self.is_extended)


class ExtendedGraphQLView(GraphQLView):
    is_extended = True

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        """Refuse with a hint: `live.streams` serves subscriptions before requests reach a view."""
        opened(request, db_id)
        raise engine.Invalid(_USE_STREAM)


class PlaygroundView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        return _page()


class ReadonlyGraphQLView(AirsequelView):
    http_method_names: tuple[str, ...] = ("get", "post", "options")

    def get(self, request: HttpRequest, readonly_id: str) -> HttpResponse:
        return _page()

    def post(self, request: HttpRequest, readonly_id: str) -> HttpResponse:
        database = opened_read_only(readonly_id)

        def reopen(collection: str) -> engine.Database:
            return opened_read_only(readonly_id, collection=collection)

        return _answer(request, database, reopen, lambda: readonly_id)


class DefaultQueryView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        text = default_query(schema_of(opened(request, db_id)).tables)
        return HttpResponse(text, content_type="text/plain;charset=utf-8", headers={"Cache-Control": "no-store"})


def _page() -> HttpResponse:
    """Return the page on which operations are written. It is the same for every database, and has no data."""
    return HttpResponse(render_to_string("airsequel/graphiql.html"), headers=_PAGE_HEADERS)


def _reopen(request: HttpRequest, db_id: str, collection: str) -> engine.Database:
    return opened(request, db_id, collection=collection)


def _answer(
    request: HttpRequest,
    database: engine.Database,
    reopen: Callable[[str], engine.Database],
    readonly_id: Callable[[], str],
    *,
    extended: bool = False,
) -> HttpResponse:
    operation = with_query(GraphQLBody.of_body(request).operation, database.id)
    if operation is None:
        return _json(NOT_FOUND)
    schema = schema_of(database, extended=extended)
    resolved = GraphRequest(database, reopen, readonly_id, schema.relations, extended)
    return _json(run(schema, resolved, operation))


def _json(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type="application/json", headers={"Cache-Control": "no-store"})
