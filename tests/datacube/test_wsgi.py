"""The WSGI application, and its end with the web server."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

from datacube import wsgi
from datacube.local import child_process
from datacube.serving.fast_path import FastPath


def test_the_application_is_the_fast_path_before_django() -> None:
    assert isinstance(wsgi.application, FastPath)
    assert wsgi.application.django is wsgi.django


@pytest.mark.usefixtures("no_sql_connections")
def test_it_answers_an_unknown_address() -> None:
    started: list[Any] = []
    environ = RequestFactory().get("/api/nowhere").environ
    body = b"".join(wsgi.application(environ, lambda *response: started.extend(response)))
    assert started[0] == "404 Not Found"
    assert dict(started[1])["X-Content-Type-Options"] == "nosniff"
    assert json.loads(body)["success"] is False


def test_garbage_is_collected_rarely() -> None:
    assert gc.get_threshold() == (10_000, 20, 20)


@pytest.mark.parametrize(
    ("server", "calls"),
    [
        (None, []),
        (SimpleNamespace(pid=None), []),
        (SimpleNamespace(pid=os.getppid()), [(1, signal.SIGKILL)]),  # PR_SET_PDEATHSIG
    ],
)
def test_a_worker_ends_with_its_server(monkeypatch: pytest.MonkeyPatch, server: Any, calls: list[Any]) -> None:
    requests: list[tuple[int, int]] = []
    monkeypatch.setattr(child_process, "_prctl", lambda *arguments: requests.append(arguments))
    monkeypatch.setattr(os, "kill", lambda *arguments: requests.append(arguments))  # of a parent that has ended
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: server)
    wsgi._exit_with_server()
    assert requests == calls
