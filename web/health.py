"""Health endpoints: liveness of the process and readiness of its dependencies."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse

from web.views import json_response

_CACHE_SECONDS = 1.0


def health_check(request: HttpRequest) -> HttpResponse:
    """Return the published liveness response."""
    return json_response({"success": True, "message": "Server is up"})


def healthz(request: HttpRequest) -> HttpResponse:
    """Report liveness, without any I/O."""
    return json_response({"status": "ok"})


class Readiness:
    """Readiness endpoint. Runs every check at most once a second; a check raises if its dependency is down.

    The parts of `others` are reported, and do not decide whether the service is ready.
    """

    def __init__(
        self,
        checks: Mapping[str, Callable[[], None]],
        *,
        others: Callable[[], Mapping[str, Callable[[], None]]] = dict,
    ) -> None:
        self._checks = checks
        self._others = others
        self._lock = threading.Lock()
        self._checked_at = -math.inf  # not 0: the clock may start with the host
        self._results: dict[str, str] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with self._lock:
            if time.monotonic() - self._checked_at > _CACHE_SECONDS:
                self._results = {name: _run_check(check) for name, check in self._checks.items()}
                if self._results.get("platform", "ok") == "ok":  # which knows the others
                    self._results |= {name: _run_check(check) for name, check in self._others().items()}
                self._checked_at = time.monotonic()
            results = dict(self._results)
        ready = all(results[name] == "ok" for name in self._checks)
        content = {"status": "ok" if ready else "unavailable", "parts": results}
        return json_response(content, status=200 if ready else 503)


def _run_check(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception:  # noqa: BLE001 - any error means unavailable; its text must not leak
        return "unavailable"
    return "ok"
