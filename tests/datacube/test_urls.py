"""Errors outside every view: simultaneous first requests, and failures of the resolver or a middleware."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import RequestFactory

from datacube.local import paths
from datacube.urls import handler500

# In a process of its own, where nothing has been made yet.
FIRST_CALLERS = """
import threading
from concurrent.futures import ThreadPoolExecutor
from datacube.wsgi import django
from django.test import RequestFactory
from django.urls import get_resolver
get_resolver().url_patterns
gate = threading.Barrier(16)
def ask(path):
    environ, statuses = RequestFactory().get(path).environ, []
    gate.wait(60)
    b"".join(django(environ, lambda status, headers, exc=None: statuses.append(status)))
    return statuses[0]
with ThreadPoolExecutor(16) as pool:
    print(*{*pool.map(ask, ["/", "/api/schema"] * 8)}, sep=";")
"""


@pytest.mark.slow
def test_simultaneous_first_callers_are_all_answered() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_CALLERS], cwd=paths.ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "200 OK", done.stderr[-2000:]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/x", {"success": False, "message": "Something went wrong on our side.", "errors": []}),
        ("/core/x", {"detail": "Something went wrong on our side."}),
    ],
)
def test_a_failure_outside_every_view_is_logged_as_it_was(
    caplog: pytest.LogCaptureFixture, path: str, body: dict[str, Any]
) -> None:
    try:
        raise LookupError("what really happened")
    except LookupError:
        answer: Any = handler500(RequestFactory().get(path))
    assert (answer.status_code, json.loads(answer.content)) == (500, body)
    assert "LookupError: what really happened" in caplog.text
