"""Views of users and tokens, as far as they need no database."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.restdb.views.base import RestView
from dialects.restdb.views.people import LogOutView, SignTokenView, UserInfoView
from tests.dialects.restdb.callers import api_key, browser_key
from tests.dialects.restdb.views.calls import as_caller, call, error_of

VERBS: list[tuple[type[RestView], str]] = [(UserInfoView, "GET"), (SignTokenView, "POST"), (LogOutView, "POST")]


@pytest.mark.parametrize(("view", "verb"), VERBS)
def test_each_has_one_method(view: type[RestView], verb: str) -> None:
    for other in {"GET", "POST", "PUT", "DELETE"} - {verb}:
        text = f"The method {other} is not allowed here; use {verb}, OPTIONS."
        assert error_of(call(view, other, database="crm")) == (405, text)


@pytest.mark.parametrize(("view", "verb"), VERBS)
@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "Authentication credentials were not provided."),
        ({"x-apikey": "x"}, "Invalid API Key."),
        ({"Authorization": "Token x"}, "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."),
    ],
)
def test_each_needs_credentials(view: type[RestView], verb: str, headers: Any, text: str) -> None:
    assert error_of(call(view, verb, headers=headers, database="crm")) == (401, text)


@pytest.mark.parametrize(("view", "verb"), VERBS)
@pytest.mark.parametrize("principal", [api_key(), browser_key()])
@pytest.mark.parametrize("database", ["no name!", "a.b"])
def test_a_database_that_does_not_exist_is_not_found(
    view: type[RestView], verb: str, principal: Any, database: str
) -> None:
    response = call(as_caller(view, principal), verb, database=database)
    assert error_of(response) == (404, "Not found or access denied")


@pytest.mark.parametrize(("view", "verb"), VERBS)
def test_paths_of_a_browser_key_do_not_count_here(view: type[RestView], verb: str) -> None:
    assert view.below_rest is False
    response = call(view, "OPTIONS", headers={"Origin": "https://shop.example.com"}, database="crm")
    allowed = response.headers["Access-Control-Allow-Methods"]
    assert (response.status_code, allowed) == (204, f"{verb}, OPTIONS")
