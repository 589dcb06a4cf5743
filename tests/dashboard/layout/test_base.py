"""The base classes of pages: errors, redirects and the context of templates."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

import engine
from dashboard.layout import base

FORM = "application/x-www-form-urlencoded"


class PublicPage(base.DashboardPage):
    """A page that reports an error of the engine for `?fail`."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        if "fail" in request.GET:
            raise engine.Conflict("It is taken.")
        return HttpResponse("content")

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.POST.get("a", ""))


class PrivatePage(PublicPage):
    public = False


def request_of(method: str, path: str, body: bytes = b"", *, csrf: bool = False) -> Any:
    request: Any = RequestFactory().generic(method, path, body, content_type=FORM)
    request.session = {}
    request._messages = CookieStorage(request)
    request._dont_enforce_csrf_checks = not csrf
    return request


def page_for(kind: type[base.DashboardPage]) -> Any:
    page = kind()
    page.setup(request_of("GET", "/dashboard/"))
    return page


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "/dashboard/x", b"", 200, "content"),
        ("HEAD", "/dashboard/x", b"", 200, "content"),
        ("POST", "/dashboard/x", b"a=%C3%A9", 200, "é"),
        ("GET", "/dashboard/x?fail=1", b"", 409, "It is taken."),
        (
            "DELETE",
            "/dashboard/x",
            b"",
            405,
            "The method DELETE is not allowed here; use GET, POST, HEAD, OPTIONS.",
        ),
        ("GET", "/dashboard/x?a=%FF", b"", 400, "This is not UTF-8"),
        ("POST", "/dashboard/x", b"a=%FF", 400, "This is not UTF-8"),
    ],
)
def test_a_page_responds_or_shows_its_error(method: str, path: str, body: bytes, status: int, text: str) -> None:
    response = PublicPage.as_view()(request_of(method, path, body))
    assert (response.status_code, text in response.content.decode()) == (status, True), response.content


def test_a_form_without_a_token_is_refused() -> None:
    response = PublicPage.as_view()(request_of("POST", "/dashboard/x", b"a=1", csrf=True))
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("method", "address"),
    [("GET", "/dashboard/login?next=%2Fdashboard%2Fx%3Ffail%3D1"), ("POST", "/dashboard/login")],
)
def test_a_visitor_of_a_private_page_is_redirected(method: str, address: str) -> None:
    response = PrivatePage.as_view()(request_of(method, "/dashboard/x?fail=1"))
    assert (response.status_code, response.headers["Location"]) == (302, address)


@pytest.mark.parametrize("message", ["", "Saved."])
def test_a_redirect_has_a_message_if_there_is_one(message: str) -> None:
    page = page_for(PublicPage)
    response = page.redirect("documents", "d1", "films", message=message)
    assert (response.status_code, response.headers["Location"]) == (302, "/dashboard/db/d1/c/films")
    assert [item.message for item in page.request._messages] == ([message] if message else [])


def test_a_fragment_is_rendered_without_a_frame() -> None:
    response = page_for(PublicPage).part("parts/toast.html", {"text": "<Saved>", "kind": "none"}, status=202)
    assert (response.status_code, "<html" in response.content.decode()) == (202, False)
    assert "&lt;Saved&gt;" in response.content.decode()


def test_a_public_page_has_no_frame() -> None:
    context = {"status": 418, "title": "Teapot", "message": "", "hint": "", "request_id": "r1"}
    response = page_for(PublicPage).show("error.html", context, status=418)
    assert (response.status_code, "<h1" in response.content.decode()) == (418, True)
    assert 'aria-label="Main"' not in response.content.decode()


def test_a_sign_in_page_defines_what_it_does() -> None:
    with pytest.raises(NotImplementedError):
        page_for(base.SignInPage).submitted(request_of("POST", "/dashboard/login"))


def test_the_own_name_is_you() -> None:
    store: Any = None
    page = base.DatabasePage()
    page.database = engine.Database(store, "d1", "cinema", "p1", "u1", engine.ALL_ACTIONS, {})
    assert page.people([]) == {"u1": "you"}
    stamps = [
        {"updated_by": "ann@example.com"},
        {"superseded_by": "ben@example.com", "created_by": "eve@example.com"},
    ]
    assert page.people(stamps) == {
        **{"ann@example.com": "ann@example.com", "ben@example.com": "ben@example.com"},
        "u1": "you",
    }
