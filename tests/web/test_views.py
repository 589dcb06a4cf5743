"""The two base classes of views handle errors in the same way and send the same headers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework.response import Response

import engine
from web.views import ControlView, DocumentView, error_response, json_response


def envelope(error: engine.Error) -> dict[str, Any]:
    return {"kind": type(error).__name__, "text": error.message}


class SampleDocumentView(DocumentView):
    """A plain view that raises `error`."""

    http_method_names = ("get", "post", "options")
    envelope = staticmethod(envelope)
    error: Exception | None = None
    authenticated: list[str] = []

    def authenticate(self, request: HttpRequest) -> str:
        self.authenticated.append(request.method or "")
        return "somebody"

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.error:
            raise self.error
        return json_response({"principal": request.principal})  # type: ignore[attr-defined]


class SampleControlView(ControlView):
    """A DRF view that raises `error`."""

    authentication_classes = ()
    permission_classes = ()
    envelope = staticmethod(envelope)
    error: Exception | None = None

    def get(self, request: Any) -> Response:
        if self.error:
            raise self.error
        return Response({"fine": True})


def call(view: Any, verb: str = "GET", **attributes: Any) -> HttpResponse:
    answer = view.as_view(**attributes)(RequestFactory().generic(verb, "/"))
    return answer.render() if hasattr(answer, "render") else answer


ERRORS = [
    (engine.Invalid("No."), 400, {}),
    (engine.Unauthenticated("Who?"), 401, {"WWW-Authenticate": "Bearer"}),
    (engine.LimitExceeded("Slow.", retry_after=9), 429, {"Retry-After": "9"}),
    (engine.Unavailable("Away.", retry_after=0), 503, {"Retry-After": "0"}),
    (ZeroDivisionError("mongodb://secret"), 500, {}),
]


@pytest.mark.parametrize("view", [SampleDocumentView, SampleControlView])
@pytest.mark.parametrize(("error", "status", "headers"), ERRORS)
def test_errors(view: Any, error: Exception, status: int, headers: dict[str, str]) -> None:
    answer = call(view, error=error)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    named = ("WWW-Authenticate", "Retry-After")
    assert {name: answer.headers[name] for name in named if name in answer.headers} == headers
    assert list(json.loads(answer.content)) == ["kind", "text"]


@pytest.mark.parametrize("view", [SampleDocumentView, SampleControlView])
def test_an_unexpected_exception_is_only_logged(view: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = call(view, error=ZeroDivisionError("mongodb://secret"))
    assert json.loads(answer.content) == {"kind": "Internal", "text": "Something went wrong on our side."}
    assert "ZeroDivisionError: mongodb://secret" in caplog.text


@pytest.mark.parametrize("view", [SampleDocumentView, SampleControlView])
def test_an_expected_error_is_not_logged(view: Any, caplog: pytest.LogCaptureFixture) -> None:
    call(view, error=engine.Conflict("Taken."))
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("view", "allowed"), [(SampleDocumentView, "GET, OPTIONS"), (SampleControlView, "GET, HEAD, OPTIONS")]
)
def test_other_verbs(view: Any, allowed: str) -> None:
    """`SampleDocumentView` lists POST, but has no method for it."""
    for verb in ("POST", "PUT", "get", "DISPATCH"):
        answer = call(view, verb)
        if verb == "get":
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
            assert json.loads(answer.content)["kind"] == "MethodNotAllowed"


def test_options_needs_no_authentication() -> None:
    SampleDocumentView.authenticated.clear()
    assert (call(SampleDocumentView, "OPTIONS").headers["Allow"], SampleDocumentView.authenticated) == (
        "GET, OPTIONS",
        [],
    )
    assert (json.loads(call(SampleDocumentView).content), SampleDocumentView.authenticated) == (
        {"principal": "somebody"},
        ["GET"],
    )


@pytest.mark.parametrize("view", [SampleDocumentView, SampleControlView])
def test_successful_responses_are_not_cached(view: Any) -> None:
    assert call(view).headers["Cache-Control"] == "no-store"


def test_an_error_outside_every_view() -> None:
    answer = error_response(engine.NotFound("None."), envelope=envelope)
    assert (answer.status_code, json.loads(answer.content)) == (404, {"kind": "NotFound", "text": "None."})
