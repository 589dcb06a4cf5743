"""Pages of mailed links: they ask first, and show nothing of the secret to other sites."""

from __future__ import annotations

import pytest

from tests.dialects.airsequel.people.support import register
from tests.support import PASSWORD

PAGES = ("/password-reset/nothing", "/verify-email/nothing")
FOREIGN = "This form was sent by another site. Open its page here, and send it again."


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_safe_to_open(http, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "nothing" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert http.get("/static/airsequel/page.css").status_code == 200


def test_a_wrong_secret_is_refused_on_the_page(http) -> None:
    for path, form in zip(PAGES, ({"password": "a-new-strong-password"}, {"x": ""}), strict=True):
        answer = http.post(path, data=form)
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
        assert "This link is invalid or has expired." in answer.text


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://example.com"}])
def test_a_form_of_another_site_is_refused(http, headers: dict[str, str]) -> None:
    for path in PAGES:
        answer = http.post(path, data={"password": PASSWORD}, headers=headers)
        assert (answer.status_code, FOREIGN in answer.text) == (403, True)


def test_a_password_is_set_and_an_address_verified(web, mailed, truth) -> None:
    person = register(web)
    verified = "SELECT email_verified_at IS NOT NULL FROM accounts_user WHERE email = ?"
    path = f"/verify-email/{mailed(person.email, '/dashboard/verify/')}"
    web.get(path)
    assert truth.rows(verified, person.email) == [(0,)]
    answer = web.post(path, data={"x": ""}, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, "Your address is verified" in answer.text) == (200, True)
    assert truth.rows(verified, person.email) == [(1,)]
    person.get("POST /api/users/reset-password", auth="", json={"email": person.email})
    path = f"/password-reset/{mailed(person.email, '/dashboard/reset/')}"
    assert "too short" in web.post(path, data={"password": "x"}).text
    assert "Your password is set" in web.post(path, data={"password": "a-new-strong-password"}).text
    assert web.post(path, data={"password": "a-new-strong-password"}).status_code == 400
    assert person.ask("GET /api/dbs").status_code == 401
