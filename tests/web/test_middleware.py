"""Request ids, the lines of the access log, and the observers of requests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from web import middleware
from web.middleware import RequestLog, logged, request_id

GENERATED = re.compile(r"[0-9a-f]{16}")
observed: list[tuple[HttpRequest, HttpResponseBase, float]] = []


def observe(request: HttpRequest, response: HttpResponseBase, milliseconds: float) -> None:
    observed.append((request, response, milliseconds))


@pytest.fixture(autouse=True)
def no_observers(settings: Any) -> Iterator[None]:
    """Remove the observers of the service, which count requests in the platform database."""
    settings.REQUEST_OBSERVERS = []
    middleware._observers.cache_clear()
    yield
    middleware._observers.cache_clear()


def fine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("é", status=201)


def id_of_response(sent: str) -> str:
    return logged(RequestFactory().get("/", headers={"X-Request-ID": sent}), fine).headers["X-Request-ID"]


def line_of(capsys: pytest.CaptureFixture[str], request: HttpRequest, response: HttpResponseBase) -> dict[str, Any]:
    capsys.readouterr()
    logged(request, lambda _: response)
    text = capsys.readouterr().out
    assert text.endswith("}\n") and text.count("\n") == 1
    return json.loads(text)


@pytest.mark.parametrize("sent", ["a" * 8, "a" * 64, "AZaz-09-", "--------", "c380f06b7d1e2a94"])
def test_a_well_formed_id_of_the_caller_is_used(sent: str) -> None:
    assert id_of_response(sent) == sent
    assert request_id.get() == sent


@pytest.mark.parametrize(
    "sent", ["", "a" * 7, "a" * 65, "abcdefg_", "abcdefg\n", "abcdefgé", "abc def gh", "١٢٣٤٥٦٧٨"]
)
def test_any_other_id_is_replaced(sent: str) -> None:
    first, second = id_of_response(sent), id_of_response(sent)
    assert GENERATED.fullmatch(first) and GENERATED.fullmatch(second)
    assert first != second


def test_the_view_sees_the_id_of_its_request() -> None:
    ids = []

    def view(request: HttpRequest) -> HttpResponse:
        ids.append(request_id.get())
        return HttpResponse()

    response = RequestLog(view)(RequestFactory().get("/"))
    assert [response.headers["X-Request-ID"]] == ids


def test_a_line_of_an_anonymous_request(capsys: pytest.CaptureFixture[str]) -> None:
    request = RequestFactory().put("/api/crud?key=secret", headers={"X-Request-ID": "number-1"})
    line = line_of(capsys, request, HttpResponse("é", status=404))
    assert datetime.fromisoformat(line.pop("time")).utcoffset() == timedelta(0)
    assert line.pop("ms") >= 0
    assert line == {
        "request_id": "number-1",
        "actor": None,
        "team": None,
        "method": "PUT",
        "route": None,
        "status": 404,
        "bytes": 2,
        "event": "request",
    }


def test_a_line_names_the_caller_and_the_route_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    request = RequestFactory().get("/core/verify-email/secret?apikey=secret", headers={"Authorization": "secret"})
    request.principal = SimpleNamespace(actor="u7", home_team=3)  # type: ignore[attr-defined]
    request.resolver_match = SimpleNamespace(route="core/verify-email/<token>")  # type: ignore[assignment]
    line = line_of(capsys, request, HttpResponse())
    assert (line["actor"], line["team"], line["route"]) == ("u7", 3, "/core/verify-email/{token}")
    assert "secret" not in json.dumps(line)


def test_the_length_of_a_stream_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    line = line_of(capsys, RequestFactory().get("/"), StreamingHttpResponse([b"abc"]))
    assert (line["status"], line["bytes"]) == (200, None)


def test_observers_get_the_request_and_its_response(settings: Any) -> None:
    settings.REQUEST_OBSERVERS = [f"{__name__}.observe"] * 2
    observed.clear()
    request = RequestFactory().get("/")
    response = logged(request, fine)
    assert [item[:2] for item in observed] == [(request, response)] * 2
    assert observed[0][2] == observed[1][2] >= 0
