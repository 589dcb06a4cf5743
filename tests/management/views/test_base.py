"""The base class of the management views, and the response for a job in the background."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

import engine
from accounts.principal import PersonPrincipal
from management.views.base import ManagementView, accepted

NO_CREDENTIALS = "Authentication credentials were not provided."
MALFORMED = "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."
PERSON = PersonPrincipal(
    actor="u1", user_id=1, email="a@example.com", verified=True, teams={7: "owner"}, home_team=7, session="s1"
)


class SampleView(ManagementView):
    """A view that returns the caller's actor, or raises `error`."""

    error: engine.Error | None = None

    def get(self, request: Request) -> Response:
        if self.error:
            raise self.error
        return Response({"actor": self.principal.actor})


def send(*, caller: PersonPrincipal | None = None, error: engine.Error | None = None, **headers: str) -> Any:
    request = APIRequestFactory().get("/", **headers)
    if caller:
        force_authenticate(request, user=caller)
    return SampleView.as_view(error=error)(request)


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, NO_CREDENTIALS),
        ({"HTTP_AUTHORIZATION": ""}, NO_CREDENTIALS),
        ({"HTTP_AUTHORIZATION": "Bearer"}, MALFORMED),
        ({"HTTP_AUTHORIZATION": "Basic eA=="}, MALFORMED),
        ({"HTTP_AUTHORIZATION": "Bearer a b"}, MALFORMED),
    ],
)
def test_a_view_needs_credentials(headers: dict[str, str], text: str) -> None:
    response = send(**headers)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert response.data == {"success": False, "message": text, "errors": [], "detail": text}


def test_a_view_knows_its_caller() -> None:
    response = send(caller=PERSON)
    assert (response.status_code, response.data) == (200, {"actor": "u1"})


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (engine.Invalid("No."), 400, "Value Error: No."),
        (engine.NotFound("None."), 404, "None."),
        (engine.Unavailable("Away."), 503, "Away."),
    ],
)
def test_an_error_of_a_view_has_the_body_of_this_surface(error: engine.Error, status: int, message: str) -> None:
    response = send(caller=PERSON, error=error)
    assert (response.status_code, response.data) == (status, {"success": False, "message": message, "errors": []})


def test_a_job_in_the_background_names_the_route_of_its_progress(settings: Any) -> None:
    settings.BASE_URL = "https://data.example.com"
    response = accepted("j1", "import_status", database={"id": "d", "name": "é"})
    assert response.status_code == 202
    assert response.data == {
        "success": True,
        "job_id": "j1",
        "status_url": "https://data.example.com/api/import_status?job_id=j1",
        "database": {"id": "d", "name": "é"},
    }
    assert list(accepted("j1", "job_status").data) == ["success", "job_id", "status_url"]
