"""The frame: strict headers, cookies for the dashboard alone, errors in its own look, logging in again."""

from __future__ import annotations

import pytest

from tests.dashboard.conftest import HTMX, PASSWORD, Browser, text_of


def test_pages_are_under_a_strict_policy_and_kept_nowhere(anna: Browser) -> None:
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


def test_pages_hold_nothing_that_the_policy_forbids(anna: Browser) -> None:
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


def test_cookies_are_for_the_dashboard_alone(anna: Browser) -> None:
    for name, hidden in (("datacube_session", True), ("datacube_csrf", "")):
        cookie = anna.client.cookies[name]
        assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/dashboard", "Lax", hidden)


def test_an_address_that_is_none_has_a_page_of_its_own(anna: Browser) -> None:
    answer = anna.get("nowhere")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Page not found" in text_of(answer)


def test_the_address_without_a_slash_leads_in(nobody: Browser) -> None:
    assert nobody.client.get("/dashboard").headers["Location"] == "/dashboard/"


def test_a_verb_that_is_none_is_refused(anna: Browser) -> None:
    answer = anna.client.delete(
        "/dashboard/account", headers={"X-CSRFToken": anna.client.cookies["datacube_csrf"].value}
    )
    assert answer.status_code == 405


def test_a_form_from_elsewhere_is_refused(anna: Browser) -> None:
    answer = anna.post("account", {"first_name": "Mallory"}, csrf=False)
    assert answer.status_code == 403
    assert "not sent from this dashboard" in text_of(answer)
    assert 'value="Alex"' in anna.get("account").content.decode()


def test_who_is_nobody_is_sent_to_log_in_and_back(nobody: Browser) -> None:
    answer = nobody.get("account?x=1")
    assert answer.headers["Location"] == "/dashboard/login?next=%2Fdashboard%2Faccount%3Fx%3D1"
    assert nobody.get("").headers["Location"] == "/dashboard/login"


def test_a_session_that_ended_meanwhile_asks_in_a_dialog(nobody: Browser, anna: Browser) -> None:
    answer = nobody.post("account", {"first_name": "x"}, headers={**HTMX, "HX-Boosted": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Retarget"] == "#dialogs"
    assert "Your input is kept" in text_of(answer)
    wrong = nobody.post("login", {"email": anna.email, "password": "no", "dialog": "1"}, headers=HTMX)
    assert (wrong.status_code, "HX-Retarget" in wrong.headers) == (401, False)
    assert "<dialog" in wrong.content.decode()
    right = nobody.post("login", {"email": anna.email, "password": PASSWORD, "dialog": "1"}, headers=HTMX)
    assert (right.status_code, right.headers["HX-Retarget"]) == (200, "#toasts")
    assert nobody.get("account").status_code == 200


def test_a_part_of_a_page_that_fails_is_told_in_a_toast(anna: Browser) -> None:
    answer = anna.post("team/choose", {"team": "999999999"}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (404, "#toasts")
    assert "<html" not in answer.content.decode()
