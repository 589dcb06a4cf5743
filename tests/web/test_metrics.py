"""How requests and refusals are counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

import engine
from web import metrics


def counted(method: str, route: str | None, status: int) -> float:
    sample = {"method": method, "route": route or "none", "status": str(status)}
    return metrics.REQUESTS.labels(**sample)._sum.get()


def request(method: str, route: str | None) -> Any:
    made = RequestFactory().generic(method, "/x")
    made.resolver_match = None if route is None else SimpleNamespace(route=route)  # type: ignore[assignment]
    return made


@pytest.mark.parametrize(
    ("method", "route", "label", "readable"),
    [("GET", "^api/test_metrics/?$", "GET", "/api/test_metrics"), ("BREW", None, "other", None)],
)
def test_a_request_is_counted_by_its_route(method: str, route: str, label: str, readable: str) -> None:
    before = counted(label, readable, 418)
    for _ in range(2):
        metrics.count_request(request(method, route), HttpResponse(status=418), 250.0)
    assert counted(label, readable, 418) - before == pytest.approx(0.5)


def test_invented_methods_take_no_room() -> None:
    before = len(metrics._observers)
    for number in range(20):
        metrics.count_request(request(f"M{number}", None), HttpResponse(status=405), 1.0)
    assert len(metrics._observers) == before


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (engine.LimitExceeded("x"), "limit_exceeded"),
        (engine.TimedOut("x"), "timed_out"),
        (engine.Invalid("x"), "invalid"),
    ],
)
def test_a_refusal_is_counted_by_its_class(error: engine.Error, reason: str) -> None:
    before = metrics.REFUSALS.labels(reason)._value.get()
    metrics.count_refusal(error)
    assert metrics.REFUSALS.labels(reason)._value.get() == before + 1


def test_a_reason_of_its_own_is_more_exact_than_the_class() -> None:
    error = engine.Unavailable("x")
    error.reason = "busy"
    before = metrics.REFUSALS.labels("busy")._value.get()
    metrics.count_refusal(error)
    assert metrics.REFUSALS.labels("busy")._value.get() == before + 1
