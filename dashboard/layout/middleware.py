"""Middleware for dashboard addresses only: sessions, messages, htmx, compression and Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django_htmx.middleware import HtmxMiddleware

Respond = Callable[[HttpRequest], HttpResponseBase]
PREFIX = "/dashboard"
_CHAIN = (HtmxMiddleware, MessageMiddleware, SessionMiddleware, GZipMiddleware, CSPMiddleware)


class DashboardMiddleware:
    """The dashboard's middleware chain. API requests bypass it: they neither read nor set cookies."""

    def __init__(self, get_response: Respond) -> None:
        self._plain = get_response
        chained: Any = get_response
        for middleware in _CHAIN:
            chained = middleware(chained)
        self._dashboard: Respond = chained

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_dashboard(request.path):
            return self._plain(request)
        response = self._dashboard(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def is_dashboard(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")
