"""Refuses writes of the platform in maintenance: accounts, keys, databases, settings and pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from datacube.maintenance import state
from datacube.serving.refusals import error_for

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Requests that read and have a body; what they would write is refused by the engine.
_READ_BY_POST = ("/graphql", "/graphql/v2", "/sql", "/query", "/core/logout", "/dashboard/logout")


class RefuseWrites:
    """Middleware of what Django serves. Views of documents do not pass here: the engine refuses their writes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if state.current.in_maintenance and _writes(request):
            return error_for(request, state.maintenance())
        return self.get_response(request)


def _writes(request: HttpRequest) -> bool:
    return request.method not in _READING and not request.path.rstrip("/").endswith(_READ_BY_POST)
