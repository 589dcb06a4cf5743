"""The two bases of every view: one error handler each, the same headers."""

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


class Documents(DocumentView):
    """A plain view that fails as it is told."""

    http_method_names = ("get", "post", "options")
    envelope = staticmethod(envelope)
    problem: Exception | None = None
    asked: list[str] = []

    def authenticate(self, request: HttpRequest) -> str:
        self.asked.append(request.method or "")
        return "somebody"

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.problem:
            raise self.problem
        return json_response({"principal": request.principal})  # type: ignore[attr-defined]


class Control(ControlView):
    """A DRF view that fails as it is told."""

    authentication_classes = ()
    permission_classes = ()
    envelope = staticmethod(envelope)
    problem: Exception | None = None

    def get(self, request: Any) -> Response:
        if self.problem:
            raise self.problem
        return Response({"fine": True})


def call(view: Any, verb: str = "GET", **attributes: Any) -> HttpResponse:
    answer = view.as_view(**attributes)(RequestFactory().generic(verb, "/"))
    return answer.render() if hasattr(answer, "render") else answer


PROBLEMS = [
    (engine.Invalid("No."), 400, {}),
    (engine.Unauthenticated("Who?"), 401, {"WWW-Authenticate": "Bearer"}),
    (engine.LimitExceeded("Slow.", retry_after=9), 429, {"Retry-After": "9"}),
    (engine.Unavailable("Away.", retry_after=0), 503, {"Retry-After": "0"}),
    (ZeroDivisionError("mongodb://secret"), 500, {}),
]


@pytest.mark.parametrize("view", [Documents, Control])
@pytest.mark.parametrize(("problem", "status", "headers"), PROBLEMS)
def test_errors(view: Any, problem: Exception, status: int, headers: dict[str, str]) -> None:
    answer = call(view, problem=problem)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    named = ("WWW-Authenticate", "Retry-After")
    assert {name: answer.headers[name] for name in named if name in answer.headers} == headers
    assert list(json.loads(answer.content)) == ["kind", "text"]


@pytest.mark.parametrize("view", [Documents, Control])
def test_a_surprise_is_in_the_log_and_nowhere_else(view: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = call(view, problem=ZeroDivisionError("mongodb://secret"))
    assert json.loads(answer.content) == {"kind": "Internal", "text": "Something went wrong on our side."}
    assert "ZeroDivisionError: mongodb://secret" in caplog.text


@pytest.mark.parametrize("view", [Documents, Control])
def test_what_was_foreseen_is_not_in_the_log(view: Any, caplog: pytest.LogCaptureFixture) -> None:
    call(view, problem=engine.Conflict("Taken."))
    assert caplog.text == ""


@pytest.mark.parametrize(("view", "allowed"), [(Documents, "GET, OPTIONS"), (Control, "GET, HEAD, OPTIONS")])
def test_other_verbs(view: Any, allowed: str) -> None:
    """POST is among the verbs of `Documents`, but it has no method for it."""
    for verb in ("POST", "PUT", "get", "DISPATCH"):
        answer = call(view, verb)
        if verb == "get":
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
            assert json.loads(answer.content)["kind"] == "MethodNotAllowed"


def test_options_asks_nobody_who_he_is() -> None:
    Documents.asked.clear()
    assert (call(Documents, "OPTIONS").headers["Allow"], Documents.asked) == ("GET, OPTIONS", [])
    assert (json.loads(call(Documents).content), Documents.asked) == ({"principal": "somebody"}, ["GET"])


@pytest.mark.parametrize("view", [Documents, Control])
def test_good_answers_are_not_kept_either(view: Any) -> None:
    assert call(view).headers["Cache-Control"] == "no-store"


def test_an_error_outside_every_view() -> None:
    answer = error_response(engine.NotFound("None."), envelope=envelope)
    assert (answer.status_code, json.loads(answer.content)) == (404, {"kind": "NotFound", "text": "None."})
