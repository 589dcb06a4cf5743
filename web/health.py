"""Whether the service is there, and whether what it needs answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse

from web.views import json_response

_KEEP_SECONDS = 1.0


def health_check(request: HttpRequest) -> HttpResponse:
    """As published: the process answers."""
    return json_response({"success": True, "message": "Server is up"})


def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness, without any I/O."""
    return json_response({"status": "ok"})


class Readiness:
    """Asks every dependency, at most once a second; a check raises when its dependency does not answer."""

    def __init__(self, checks: Mapping[str, Callable[[], None]]) -> None:
        self._checks = checks
        self._lock = threading.Lock()
        self._asked = 0.0
        self._found: dict[str, str] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with self._lock:
            if time.monotonic() - self._asked > _KEEP_SECONDS:
                self._found = {name: _ask(check) for name, check in self._checks.items()}
                self._asked = time.monotonic()
            found = dict(self._found)
        ready = all(answer == "ok" for answer in found.values())
        content = {"status": "ok" if ready else "unavailable", "parts": found}
        return json_response(content, status=200 if ready else 503)


def _ask(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception:  # noqa: BLE001 - whatever goes wrong, the part is not there; no text of it may leak
        return "unavailable"
    return "ok"
