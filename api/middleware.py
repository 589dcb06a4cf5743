"""Names each request, and logs it in one line of JSON that holds nothing secret."""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson
import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

request_id: ContextVar[str] = ContextVar("request_id", default="")
_ACCEPTABLE = re.compile(r"[A-Za-z0-9-]{8,64}")
_lines = structlog.wrap_logger(
    structlog.BytesLogger(sys.stdout.buffer),
    processors=[structlog.processors.JSONRenderer(serializer=orjson.dumps)],
)


class RequestLog:
    """Takes the caller's `X-Request-ID` where it is well-formed, echoes it, and writes the access line.

    The functions that REQUEST_OBSERVERS names are told of each finished request with its milliseconds; they are
    quick and never raise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._observers = [import_string(path) for path in settings.REQUEST_OBSERVERS]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        name = given if _ACCEPTABLE.fullmatch(given) else secrets.token_hex(8)
        request_id.set(name)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = name
        milliseconds = (time.perf_counter() - started) * 1000
        _write(request, response, name=name, milliseconds=milliseconds)
        for observer in self._observers:
            observer(request, response, milliseconds)
        return response


def _write(request: HttpRequest, response: HttpResponseBase, *, name: str, milliseconds: float) -> None:
    principal = getattr(request, "principal", None)
    match = request.resolver_match
    _lines.info(
        "request",
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        request_id=name,
        actor=principal.actor if principal else None,
        team=principal.home_team if principal else None,
        method=request.method,
        route=match.route if match else None,
        status=response.status_code,
        ms=round(milliseconds, 2),
        bytes=None if response.streaming else len(response.content),  # type: ignore[attr-defined]
    )
