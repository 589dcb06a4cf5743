"""Views of descriptions, as far as they need no database: methods, credentials, formats, origins."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.restdb.views.base import RestView
from dialects.restdb.views.meta import CollectionMetaView, MetaView, SwaggerView
from tests.dialects.restdb.callers import api_key, browser_key
from tests.dialects.restdb.views.calls import as_caller, call, error_of

ROUTES: list[tuple[type[RestView], dict[str, str]]] = [
    (MetaView, {"database": "no name!"}),
    (CollectionMetaView, {"database": "no name!", "collection": "people"}),
    (SwaggerView, {"database": "no name!"}),
]


@pytest.mark.parametrize(("view", "route"), ROUTES)
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_descriptions_are_only_read(view: type[RestView], route: dict[str, str], verb: str) -> None:
    response = call(view, verb, **route)
    assert error_of(response) == (405, f"The method {verb} is not allowed here; use GET, OPTIONS.")


@pytest.mark.parametrize(("view", "route"), ROUTES)
@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "Authentication credentials were not provided."),
        ({"x-apikey": "x"}, "Invalid API Key."),
        ({"Authorization": "Api-Key x"}, "Invalid API Key."),
    ],
)
def test_descriptions_need_a_key(view: type[RestView], route: dict[str, str], headers: Any, text: str) -> None:
    assert error_of(call(view, headers=headers, **route)) == (401, text)


@pytest.mark.parametrize(("view", "route"), ROUTES)
@pytest.mark.parametrize("principal", [api_key(), browser_key()])
def test_a_database_that_does_not_exist_is_not_found(
    view: type[RestView], route: dict[str, str], principal: Any
) -> None:
    response = call(as_caller(view, principal), **route)
    assert error_of(response) == (404, "Not found or access denied")


def test_a_collection_is_described_in_known_formats_only() -> None:
    view = as_caller(CollectionMetaView, api_key())
    response = call(view, database="no name!", collection="people.xml")
    assert error_of(response) == (406, "The formats are json, html, js, and for writes json.")
