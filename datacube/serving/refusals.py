"""Errors before any view: each has the error shape of the surface that its address belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

import accounts.render
import dataapi.render
import dialects.airsequel.render
import dialects.communibase.render
import dialects.restdb.auth.cors
import dialects.restdb.render
import web.v2
from dashboard.layout.errors import response as dashboard_error
from dashboard.layout.middleware import is_dashboard
from engine import Error
from web.middleware import logged
from web.views import error_response


def envelope_of(path: str) -> Callable[[Error], dict[str, Any]]:
    """Return the function that renders errors for the surface of a path."""
    if path.startswith("/db/"):
        return dialects.restdb.render.envelope
    if path.startswith(("/0.1/", "/communibase/")):
        return dialects.communibase.render.envelope
    if dialects.airsequel.render.is_airsequel(path):
        return dialects.airsequel.render.envelope
    if path.startswith("/api/v2/"):
        return web.v2.envelope
    return accounts.render.core_error if path.startswith("/core/") else dataapi.render.envelope


def error_for(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the response to an error outside every view."""
    if is_dashboard(request.path):
        return dashboard_error(request, error)
    response = error_response(error, envelope=envelope_of(request.path))
    if request.path.startswith("/db/"):
        dialects.restdb.auth.cors.allow(request, response)
    return response


def refuse(environ: Mapping[str, Any], error: Exception) -> HttpResponse:
    """Return the response to a request that is refused before a view is chosen, and log the request."""
    return logged(WSGIRequest({**environ}), lambda request: error_for(request, error))
