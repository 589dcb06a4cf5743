"""Liveness and readiness responses."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from web import health
from web.health import Readiness, health_check, healthz

REQUEST = RequestFactory().get("/readyz")


def fails(exception: Exception) -> Callable[[], None]:
    def check() -> None:
        raise exception

    return check


def passes() -> None:
    return None


def status_and_body(response: HttpResponse) -> tuple[int, object]:
    return response.status_code, json.loads(response.content)


def test_liveness_responses() -> None:
    assert status_and_body(health_check(REQUEST)) == (200, {"success": True, "message": "Server is up"})
    assert status_and_body(healthz(REQUEST)) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("checks", "status", "body"),
    [
        ({}, 200, {"status": "ok", "parts": {}}),
        ({"sql": passes, "store": passes}, 200, {"status": "ok", "parts": {"sql": "ok", "store": "ok"}}),
        (
            {"sql": passes, "store": fails(OSError("mongodb://secret")), "queue": passes},
            503,
            {"status": "unavailable", "parts": {"sql": "ok", "store": "unavailable", "queue": "ok"}},
        ),
        ({"sql": fails(KeyError())}, 503, {"status": "unavailable", "parts": {"sql": "unavailable"}}),
    ],
)
def test_every_part_is_reported_without_its_error(
    checks: dict[str, Callable[[], None]], status: int, body: object
) -> None:
    response = Readiness(checks)(REQUEST)
    assert status_and_body(response) == (status, body)
    assert b"secret" not in response.content
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("cache_seconds", "calls"), [(3600.0, 1), (-1.0, 3)])
def test_checks_run_again_only_after_the_cache_time(
    monkeypatch: pytest.MonkeyPatch, cache_seconds: float, calls: int
) -> None:
    monkeypatch.setattr(health, "_CACHE_SECONDS", cache_seconds)
    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: 7200.0))
    seen: list[str] = []
    readiness = Readiness({"sql": lambda: seen.append("sql")})
    assert {readiness(REQUEST).status_code for _ in range(3)} == {200}
    assert seen == ["sql"] * calls


def test_the_first_request_checks_even_if_the_host_has_just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: 0.5))
    assert Readiness({"sql": fails(OSError())})(REQUEST).status_code == 503


def test_a_cached_failure_is_reported_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: 7200.0))
    checks = {"sql": fails(OSError())}
    readiness = Readiness(checks)
    assert readiness(REQUEST).status_code == 503
    checks["sql"] = passes
    assert status_and_body(readiness(REQUEST)) == (503, {"status": "unavailable", "parts": {"sql": "unavailable"}})
