"""Views of the generated JavaScript API for callers without a key, who see no names of a database."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest

from dialects.restdb.codegen import scripts
from dialects.restdb.views.scripts import EventSourceView, ScriptView
from tests.dialects.restdb.callers import api_key
from tests.dialects.restdb.views.calls import as_caller, call, error_of

DATABASE = "not an id"
SCRIPT, PAGE = "text/javascript; charset=utf-8", "text/html; charset=utf-8"


def script(form: str = "", **request: Any) -> Any:
    view = type("FormView", (ScriptView,), {"form": form})
    return call(view, database=DATABASE, **request)


@pytest.mark.parametrize(
    ("form", "path", "rendered", "kind"),
    [
        ("", "/", "jquery", SCRIPT),
        ("", "/?plainjs=true", "plain", SCRIPT),
        ("", "/?plainjs=no", "jquery", SCRIPT),
        ("module", "/?plainjs=true", "module", SCRIPT),
        ("types", "/", "types", SCRIPT),
        ("page", "/", "page", PAGE),
    ],
)
def test_the_forms_of_the_library(form: str, path: str, rendered: str, kind: str) -> None:
    response = script(form, path=path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, kind)
    assert response.content == scripts.render(scripts.ScriptSource(DATABASE), rendered)


@pytest.mark.parametrize("form", ["", "module", "types", "page"])
def test_headers_of_the_library(form: str) -> None:
    headers = script(form).headers
    assert headers["Cache-Control"] == "no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    policy = "default-src 'none'; style-src 'unsafe-inline'" if form == "page" else None
    assert headers.get("Content-Security-Policy") == policy


def test_every_origin_may_read_the_library_without_a_key() -> None:
    origin = "https://shop.example.com"
    assert script(headers={"Origin": origin}).headers["Access-Control-Allow-Origin"] == origin


def test_an_unchanged_script_is_not_sent_again() -> None:
    tag = script().headers["ETag"]
    assert tag == f'"{scripts.ScriptSource(DATABASE).version("jquery")}"'
    for text in (tag, f'"other", {tag}', f"W/{tag}"):
        response = script(headers={"If-None-Match": text})
        assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", tag)
    for text in ('"other"', tag.strip('"'), ""):
        assert script(headers={"If-None-Match": text}).status_code == 200
    assert script("module", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "path", "text"),
    [
        ({"x-apikey": "x"}, "/", "Invalid API Key."),
        ({}, "/?apikey=x", "Invalid API Key."),
        ({"Authorization": "Bearer x"}, "/", "Token is invalid or expired"),
    ],
)
def test_wrong_credentials_are_refused(headers: dict[str, str], path: str, text: str) -> None:
    assert error_of(script(headers=headers, path=path)) == (401, text)


def test_a_caller_sees_an_existing_database_only() -> None:
    view = as_caller(ScriptView, api_key())
    assert error_of(call(view, database="no name!")) == (404, "Not found or access denied")


def test_other_methods_are_refused() -> None:
    for view in (ScriptView, EventSourceView):
        response = call(view, "POST", database=DATABASE)
        assert error_of(response) == (405, "The method POST is not allowed here; use GET, OPTIONS.")


@pytest.mark.parametrize("headers", [{}, {"x-apikey": "x"}])
def test_the_event_source_for_old_browsers_needs_no_key(headers: dict[str, str]) -> None:
    response = call(EventSourceView, headers=headers, database=DATABASE)
    assert (response.status_code, response.headers["Content-Type"]) == (200, SCRIPT)
    assert response.headers["Cache-Control"] == "public, max-age=86400"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"EventSource" in response.content
    assert EventSourceView().authenticate(HttpRequest()) is None
