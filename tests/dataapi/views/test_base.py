"""The base class of the data API's views."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

import engine
from accounts.authentication import set_caller
from accounts.principal import PersonPrincipal
from dataapi.views.base import DataView, principal_of
from web.views import json_response

NO_CREDENTIALS = "Authentication credentials were not provided."
MALFORMED = "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."
PERSON = PersonPrincipal(
    actor="u1", user_id=1, email="a@example.com", verified=True, teams={7: "owner"}, home_team=7, session="s1"
)


class SampleView(DataView):
    """A view that returns the caller's actor, or raises `error`."""

    error: engine.Error | None = None

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.error:
            raise self.error
        return json_response({"actor": principal_of(request).actor})


class OpenView(SampleView):
    """A view whose caller is known without credentials."""

    def authenticate(self, request: HttpRequest) -> PersonPrincipal:
        return PERSON


def send(view: type[DataView], *, error: engine.Error | None = None, **headers: str) -> tuple[int, Any]:
    response = view.as_view(error=error)(RequestFactory().get("/", **headers))
    return response.status_code, json.loads(response.content)


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, NO_CREDENTIALS),
        ({"HTTP_AUTHORIZATION": ""}, NO_CREDENTIALS),
        ({"HTTP_AUTHORIZATION": "  "}, NO_CREDENTIALS),
        ({"HTTP_AUTHORIZATION": "Bearer"}, MALFORMED),
        ({"HTTP_AUTHORIZATION": "Basic eA=="}, MALFORMED),
        ({"HTTP_AUTHORIZATION": "Api-Key a b"}, MALFORMED),
    ],
)
def test_a_view_needs_credentials(headers: dict[str, str], text: str) -> None:
    assert send(SampleView, **headers) == (401, {"success": False, "message": text, "errors": [], "detail": text})


def test_an_error_of_a_view_has_the_body_of_this_surface() -> None:
    error = engine.Invalid.of_field("filters.é", "No.", index=2)
    body = {"success": False, "message": "No.", "errors": [{"field": "filters.é", "message": "No.", "index": 2}]}
    assert send(OpenView, error=error) == (400, body)


def test_a_view_knows_its_caller() -> None:
    assert send(OpenView) == (200, {"actor": "u1"})
    request = RequestFactory().get("/")
    set_caller(request, PERSON)
    assert principal_of(request) is PERSON
