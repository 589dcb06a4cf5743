"""Routes as the access log and the dashboard show them."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from web.routes import readable, route_of


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("api/^crud/?$", "/api/crud"),
        ("db/^(?P<database>[^/]+)/rest/(?P<collection>[^/]+)/?$", "/db/{database}/rest/{collection}"),
        ("dashboard/db/<str:database_id>/keys/<int:pk>", "/dashboard/db/{database_id}/keys/{pk}"),
        ("healthz", "/healthz"),
        ("", "/"),
    ],
)
def test_a_route_has_its_parameters_in_braces(route: str, text: str) -> None:
    assert readable(route) == text


def test_a_request_without_a_route_has_none() -> None:
    request = RequestFactory().get("/nowhere")
    request.resolver_match = None
    assert route_of(request) is None
