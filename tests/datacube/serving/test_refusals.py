"""Errors before any view have the shape of the surface of their address."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import RequestFactory

import engine
from datacube.serving.refusals import error_for


@pytest.mark.parametrize(
    ("path", "members"),
    [
        ("/api/crud", {"success", "message", "errors"}),
        ("/db/60c72b2f9b1d8b1a2d3e4567/rest/x", {"name", "message", "list"}),
    ],
)
def test_the_shape_of_an_error(path: str, members: set[str]) -> None:
    response: Any = error_for(RequestFactory().get(path), engine.Invalid("Not like this."))
    assert response.status_code == 400
    assert "Not like this." in response.content.decode()
    assert set(json.loads(response.content)) <= members | {"errors", "status"}


def test_the_dashboard_answers_with_a_page() -> None:
    response: Any = error_for(RequestFactory().get("/dashboard/"), engine.Unavailable("Try again."))
    assert response.status_code == 503
    assert response["Content-Type"].startswith("text/html")
