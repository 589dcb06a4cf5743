"""Assigns an id to each request, and writes the access log: one JSON line per request, without secrets."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from random import Random
from threading import Lock
from typing import Any, TypeVar

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from audit.origin import Origin, origin
from engine import suspension
from engine.request import request_id
from web.caller import note_caller
from web.routes import route_of
from web.throttling import client_address

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
R = TypeVar("R", bound=HttpResponseBase)
_lock = Lock()
# Lines that the event loop writes at the end of its turn; used in the event loop alone.
_lines: list[bytes] = []
_random = Random()  # noqa: S311 - it makes names, no secrets


class RequestLog:
    """Middleware that applies `logged` to every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return logged(request, self.get_response)


def logged(request: HttpRequest, get_response: Callable[[HttpRequest], R]) -> R:
    """Call the view, set `X-Request-ID`, write the access-log line and call the observers.

    A well-formed `X-Request-ID` of the caller is used. REQUEST_OBSERVERS names functions that are called with each
    request, its response and its milliseconds; they must be fast and must not raise.
    """
    started = time.perf_counter()
    sent_id = request.META.get("HTTP_X_REQUEST_ID", "")
    name = sent_id if sent_id and _REQUEST_ID.fullmatch(sent_id) else f"{_random.getrandbits(64):016x}"
    request_id.set(name)
    note_caller(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))
    origin.set(Origin(name, partial(client_address, request)))
    response = get_response(request)
    response.headers["X-Request-ID"] = name
    milliseconds = (time.perf_counter() - started) * 1000
    line = _line(request, response, name=name, milliseconds=milliseconds)
    _write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    for observer in _observers():
        observer(request, response, milliseconds)
    return response


def _write(line: bytes) -> None:
    """Write a line; in an event loop together with the others of the same turn."""
    if suspension.current.get() is not None:
        if not _lines:
            asyncio.get_running_loop().call_soon(_write_lines)
        _lines.append(line)
        return
    with _lock:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def _write_lines() -> None:
    text = b"".join(_lines)
    _lines.clear()
    with _lock:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()


@cache
def _observers() -> list[Callable[[HttpRequest, HttpResponseBase, float], None]]:
    return [import_string(path) for path in settings.REQUEST_OBSERVERS]


def _line(request: HttpRequest, response: HttpResponseBase, *, name: str, milliseconds: float) -> dict[str, Any]:
    principal = getattr(request, "principal", None)
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "request_id": name,
        "actor": principal.actor if principal else None,
        "team": principal.home_team if principal else None,
        "method": request.method,
        "route": route_of(request),
        "status": response.status_code,
        "ms": round(milliseconds, 2),
        "bytes": len(response.content) if isinstance(response, HttpResponse) else None,
        "event": "request",
    }
