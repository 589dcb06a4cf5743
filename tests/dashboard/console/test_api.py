"""The page of API access: its sample document, and the redirect of visitors."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

import engine
from dashboard.console.api import ApiView

SPECS = {
    "films": engine.CollectionSpec("films", "c1", engine.Schema((engine.Field("title", required=True),))),
    "free": engine.CollectionSpec("free", "c2"),
}


def sample_of(collection: str) -> dict[str, Any]:
    store: Any = None
    view = ApiView()
    view.database = engine.Database(store, "d1", "cinema", "p1", "u1", engine.ALL_ACTIONS, SPECS)
    return view._sample(collection)


def test_the_sample_has_the_declared_fields() -> None:
    assert sample_of("films").keys() == {"title"}


@pytest.mark.parametrize("collection", ["free", "absent", ""])
def test_without_declared_fields_the_sample_is_a_greeting(collection: str) -> None:
    assert sample_of(collection) == {"hello": "world"}


@pytest.mark.parametrize(
    ("method", "address"),
    [("GET", "/dashboard/login?next=%2Fdashboard%2Fdb%2Fd1%2Fapi%3Fcollection%3Da"), ("PUT", "/dashboard/login")],
)
def test_a_visitor_is_redirected_to_sign_in(method: str, address: str) -> None:
    request: Any = RequestFactory().generic(method, "/dashboard/db/d1/api?collection=a")
    request.session = {}
    request._dont_enforce_csrf_checks = True
    response = ApiView.as_view()(request, database_id="d1")
    assert (response.status_code, response.headers["Location"]) == (302, address)
