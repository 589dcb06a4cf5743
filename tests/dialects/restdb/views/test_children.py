"""Views of children, as far as they need no documents: methods, credentials, formats."""

from __future__ import annotations

import pytest

from dialects.restdb.views.base import RestView
from dialects.restdb.views.children import ChildrenView, ChildView
from tests.dialects.restdb.callers import api_key
from tests.dialects.restdb.views.calls import as_caller, call, error_of

ROUTE = {"database": "no name!", "collection": "people", "id": "1", "field": "pets"}
CHILD = {**ROUTE, "child": "2"}


@pytest.mark.parametrize(
    ("view", "verb", "allowed"),
    [
        (ChildrenView, "PUT", "GET, POST, OPTIONS"),
        (ChildrenView, "DELETE", "GET, POST, OPTIONS"),
        (ChildView, "POST", "GET, OPTIONS"),
        (ChildView, "DELETE", "GET, OPTIONS"),
    ],
)
def test_other_methods_are_refused(view: type[RestView], verb: str, allowed: str) -> None:
    response = call(view, verb, **(CHILD if view is ChildView else ROUTE))
    assert error_of(response) == (405, f"The method {verb} is not allowed here; use {allowed}.")
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize(("view", "verb"), [(ChildrenView, "GET"), (ChildrenView, "POST"), (ChildView, "GET")])
def test_children_need_a_key(view: type[RestView], verb: str) -> None:
    response = call(view, verb, **(CHILD if view is ChildView else ROUTE))
    assert error_of(response) == (401, "Authentication credentials were not provided.")


@pytest.mark.parametrize(
    ("view", "verb", "collection", "expected"),
    [
        (ChildrenView, "GET", "people.csv", (406, "The formats are json, html, js, and for writes json.")),
        (ChildrenView, "POST", "people.html", (406, "The formats are json, html, js, and for writes json.")),
        (ChildView, "GET", "people.csv", (406, "The formats are json, html, js, and for writes json.")),
        (ChildrenView, "GET", "people.html", (404, "Not found or access denied")),
        (ChildrenView, "POST", "people.json", (404, "Not found or access denied")),
        (ChildView, "GET", "people", (404, "Not found or access denied")),
    ],
)
def test_the_format_of_children_is_that_of_the_collection(
    view: type[RestView], verb: str, collection: str, expected: tuple[int, str]
) -> None:
    route = {**(CHILD if view is ChildView else ROUTE), "collection": collection}
    assert error_of(call(as_caller(view, api_key()), verb, **route)) == expected
