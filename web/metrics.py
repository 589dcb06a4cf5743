"""Counts requests and refusals for Prometheus; several web processes add up through files of the library."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

import engine
from web.routes import route_of

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
REQUESTS = Histogram(
    "datacube_request_seconds",
    "Time of requests by method, route and status; _count is their number.",
    ["method", "route", "status"],
    buckets=_BOUNDS,
)
REFUSALS = Counter("datacube_refusals", "Requests that were answered with an error, by its reason.", ["reason"])
# Routes, methods and statuses are few; looking them up here takes a third of the time of the library.
_observers: dict[tuple[str | None, str | None, int], Callable[[float], None]] = {}


def count_request(request: HttpRequest, response: HttpResponseBase, milliseconds: float) -> None:
    """Count a request; an observer of requests."""
    key = (request.method, route_of(request), response.status_code)
    observe = _observers.get(key)
    if observe is None:
        observe = _observer(*key)
    observe(milliseconds / 1000)


def _observer(method: str | None, route: str | None, status: int) -> Callable[[float], None]:
    """Return the function that counts requests of one kind. Methods that no route has share one."""
    if method not in _METHODS:
        return REQUESTS.labels("other", route or "none", status).observe
    observe = _observers[method, route, status] = REQUESTS.labels(method, route or "none", status).observe
    return observe


def count_refusal(error: engine.Error) -> None:
    """Count a request that is answered with an error: by its `reason`, or else by its class."""
    REFUSALS.labels(error.reason or _WORD.sub("_", type(error).__name__).lower()).inc()
