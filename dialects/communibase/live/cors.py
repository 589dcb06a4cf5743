"""Answers that pages of other origins may read: engine.io-client polls with credentials, which are not used here.

Every request proves a key itself and no cookie is read, so a page of any origin can do only what its key allows.
"""

from __future__ import annotations

from django.http import HttpResponse

from web.streams.request import StreamRequest

_PREFLIGHT_SECONDS = 24 * 3600


def allow(request: StreamRequest, response: HttpResponse) -> HttpResponse:
    """Add the headers for the origin of a request, if it has one, and return the response."""
    origin = request.headers.get("origin")
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Vary"] = "Origin"
    if origin and "access-control-request-method" in request.headers:
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, x-api-key, x-access-token"
        response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
    return response
