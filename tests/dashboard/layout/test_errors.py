"""Error pages, error toasts and the response to visitors."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

import engine
from dashboard.layout import errors
from web.errors import STATUS, MethodNotAllowed, status_of

FRAGMENT = {"HX-Request": "true"}
BOOSTED = {**FRAGMENT, "HX-Boosted": "true"}


def request_of(path: str = "/dashboard/x", *, method: str = "GET", route: str = "", **headers: str) -> Any:
    request: Any = RequestFactory().generic(method, path, headers=headers)
    request.htmx = HtmxDetails(request)
    request.resolver_match = SimpleNamespace(url_name=route) if route else None
    return request


def text_of(response: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode())))


@pytest.mark.parametrize(
    ("exception", "status", "texts"),
    [
        (engine.Invalid("It is wrong."), 400, ["Invalid request", "It is wrong."]),
        (engine.Forbidden("Not you."), 403, ["Permission denied", "Not you.", "A team member with a higher role"]),
        (engine.NotFound("No film."), 404, ["Page not found", "No film.", "was deleted, or you have no access"]),
        (MethodNotAllowed("PUT", allowed=["GET"]), 405, ["Invalid request", "PUT is not allowed here; use GET."]),
        (engine.Conflict("Taken."), 409, ["Conflict", "Taken."]),
        (engine.Outdated("Old."), 412, ["Version conflict", "Old.", "Load the page again"]),
        (engine.TooLarge("Too big."), 413, ["Limit exceeded", "Too big."]),
        (engine.LimitExceeded("Wait."), 429, ["Too many requests", "Wait."]),
        (engine.Unavailable("Down."), 503, ["Service unavailable", "Down.", "Nothing was lost."]),
        (engine.TimedOut("Slow."), 503, ["Service unavailable", "Slow."]),
    ],
)
def test_an_error_page_has_title_message_and_hint(exception: Exception, status: int, texts: list[str]) -> None:
    response = errors.response(request_of(), exception)
    page = text_of(response)
    assert (response.status_code, [text for text in texts if text not in page]) == (status, []), page
    assert "Retry-After" not in response.headers


@pytest.mark.parametrize(
    ("exception", "status", "text"),
    [(ZeroDivisionError("secret"), 500, "secret"), (Http404("secret"), 404, "Not found or access denied")],
)
def test_a_page_does_not_repeat_a_neutral_message(exception: Exception, status: int, text: str) -> None:
    response = errors.response(request_of(), exception)
    assert (response.status_code, text in text_of(response)) == (status, False)
    assert "Something went wrong on our side." not in text_of(response)


@pytest.mark.parametrize("kind", sorted(STATUS.keys() - {engine.Unauthenticated}, key=str))
def test_every_kind_of_error_has_a_page(kind: type[engine.Error]) -> None:
    error = kind("It failed.")
    response = errors.page(request_of(), error)
    assert (response.status_code, "It failed." in text_of(response)) == (status_of(error), True)


@pytest.mark.parametrize(
    ("route", "method", "title"),
    [
        *((route, "GET", "Invalid link") for route in ("first", "join", "reset", "verify")),
        ("reset", "POST", "Invalid request"),
        ("documents", "GET", "Invalid request"),
        ("", "GET", "Invalid request"),
    ],
)
def test_an_invalid_link_is_named_as_such(route: str, method: str, title: str) -> None:
    response = errors.page(request_of(method=method, route=route), engine.Invalid("It has expired."))
    assert f'<h1 class="mt-1">{title}</h1>' in response.content.decode()


@pytest.mark.parametrize("headers", [{}, FRAGMENT])
def test_the_time_to_wait_is_a_header(headers: dict[str, str]) -> None:
    error = engine.LimitExceeded("Too many.", retry_after=7)
    response = errors.response(request_of(**headers), error)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert ("Try again in 7 seconds." in text_of(response)) is (not headers)


@pytest.mark.parametrize("headers", [{}, FRAGMENT])
def test_the_supported_methods_are_a_header(headers: dict[str, str]) -> None:
    error = MethodNotAllowed("PUT", allowed=["GET", "POST"])
    response = errors.response(request_of(method="PUT", **headers), error)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(("headers", "is_fragment"), [({}, False), (FRAGMENT, True), (BOOSTED, False)])
def test_a_fragment_has_a_toast_instead_of_a_page(headers: dict[str, str], is_fragment: bool) -> None:
    request = request_of(**headers)
    response = errors.response(request, engine.Conflict("<Taken>"))
    targets = {name: value for name, value in response.headers.items() if name.startswith("HX-")}
    toast = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend", "HX-Push-Url": "false"}
    assert errors.is_fragment(request) is is_fragment
    assert (response.status_code, targets) == (409, toast if is_fragment else {})
    assert "&lt;Taken&gt;" in response.content.decode()
    assert ("<html" in response.content.decode()) is not is_fragment


def test_a_request_that_no_middleware_has_seen_is_no_fragment() -> None:
    assert errors.is_fragment(RequestFactory().get("/", headers=FRAGMENT)) is False


@pytest.mark.parametrize("headers", [{}, FRAGMENT, BOOSTED])
def test_a_form_from_another_site_is_refused(headers: dict[str, str]) -> None:
    response = errors.csrf_failure(request_of(method="POST", **headers), "no cookie")
    text = "The form was not sent from this dashboard, or the page is too old. Load it again."
    assert (response.status_code, text in text_of(response)) == (403, True)
    assert ("HX-Retarget" in response.headers) is (headers == FRAGMENT)


@pytest.mark.parametrize(
    ("method", "path", "headers", "address"),
    [
        ("GET", "/dashboard/", {}, "/dashboard/login"),
        ("GET", "/dashboard/?page=2", {}, "/dashboard/login"),
        ("GET", "/dashboard/x?a=%C3%A9&b=1", {}, "/dashboard/login?next=%2Fdashboard%2Fx%3Fa%3D%25C3%25A9%26b%3D1"),
        ("GET", "/dashboard/x", BOOSTED, "/dashboard/login?next=%2Fdashboard%2Fx"),
        ("POST", "/dashboard/x", {}, "/dashboard/login"),
    ],
)
def test_a_visitor_is_redirected_to_sign_in(method: str, path: str, headers: dict[str, str], address: str) -> None:
    response = errors.response(request_of(path, method=method, **headers), engine.Unauthenticated("No."))
    assert (response.status_code, response.headers["Location"]) == (302, address)


@pytest.mark.parametrize(("method", "headers"), [("GET", FRAGMENT), ("POST", FRAGMENT), ("POST", BOOSTED)])
def test_an_ended_session_opens_a_dialog(method: str, headers: dict[str, str]) -> None:
    response = errors.response(request_of(method=method, **headers), engine.Unauthenticated("No."))
    assert (response.status_code, response.headers["HX-Retarget"]) == (401, "#dialogs")
    assert (response.headers["HX-Reswap"], response.headers["HX-Push-Url"]) == ("innerHTML", "false")
    assert 'id="again_email"' in response.content.decode()
