"""Headers, cookies, error pages and the sign-in dialog of the dashboard."""

from __future__ import annotations

import pytest

from tests.dashboard.conftest import HTMX, PASSWORD, Browser, text_of


def test_pages_have_a_strict_policy_and_are_not_cached(anna: Browser) -> None:
    answer = anna.get("account")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_pages_have_no_inline_scripts_and_styles(anna: Browser) -> None:
    for path in ("", "account", "login", "nowhere"):
        page = anna.get(path, follow=True).content.decode()
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page
        assert all(" src=" in tag for tag in page.split("<script")[1:])


@pytest.mark.parametrize("path", ["/", "/api/docs", "/healthz", "/core/profile"])
def test_the_apis_read_and_set_no_cookie(anna: Browser, path: str) -> None:
    answer = anna.client.get(path)
    assert not answer.cookies
    assert "Content-Security-Policy" not in answer.headers
    assert path != "/core/profile" or answer.status_code == 401


def test_cookies_are_limited_to_the_dashboard(anna: Browser) -> None:
    for name, hidden in (("datacube_session", True), ("datacube_csrf", "")):
        cookie = anna.client.cookies[name]
        assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/dashboard", "Lax", hidden)


def test_an_unknown_address_has_an_error_page(anna: Browser) -> None:
    answer = anna.get("nowhere")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Page not found" in text_of(answer)


def test_the_address_without_a_slash_redirects(visitor: Browser) -> None:
    assert visitor.client.get("/dashboard").headers["Location"] == "/dashboard/"


def test_an_unsupported_method_is_refused(anna: Browser) -> None:
    answer = anna.client.delete(
        "/dashboard/account", headers={"X-CSRFToken": anna.client.cookies["datacube_csrf"].value}
    )
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")


def test_a_form_from_another_site_is_refused(anna: Browser) -> None:
    answer = anna.post("account", {"first_name": "Mallory"}, csrf=False)
    assert answer.status_code == 403
    assert "not sent from this dashboard" in text_of(answer)
    assert 'value="Alex"' in anna.get("account").content.decode()


def test_visitors_are_redirected_to_sign_in_and_back(visitor: Browser) -> None:
    answer = visitor.get("account?x=1")
    assert answer.headers["Location"] == "/dashboard/login?next=%2Fdashboard%2Faccount%3Fx%3D1"
    assert visitor.get("").headers["Location"] == "/dashboard/login"


def test_an_ended_session_opens_the_sign_in_dialog(visitor: Browser, anna: Browser) -> None:
    answer = visitor.post("account", {"first_name": "x"}, headers={**HTMX, "HX-Boosted": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Retarget"] == "#dialogs"
    assert "Your input is kept" in text_of(answer)
    wrong = visitor.post("login", {"email": anna.email, "password": "no", "dialog": "1"}, headers=HTMX)
    assert (wrong.status_code, "HX-Retarget" in wrong.headers) == (401, False)
    assert "<dialog" in wrong.content.decode()
    right = visitor.post("login", {"email": anna.email, "password": PASSWORD, "dialog": "1"}, headers=HTMX)
    assert (right.status_code, right.headers["HX-Retarget"]) == (200, "#toasts")
    assert visitor.get("account").status_code == 200


def test_an_error_of_a_fragment_is_a_toast(anna: Browser) -> None:
    answer = anna.post("team/choose", {"team": "999999999"}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (404, "#toasts")
    assert "<html" not in answer.content.decode()
