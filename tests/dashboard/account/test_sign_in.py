"""First account, registration, sign-in and sign-out, e-mail verification and password reset."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import accounts.services
from accounts.models import User
from accounts.services.mails import send_password_reset
from tests.dashboard.conftest import HTMX, PASSWORD, Browser, text_of

NEW = {"email": "Ada@Example.com", "first_name": "Ada", "last_name": "L", "password": PASSWORD}


# --- the first account --------------------------------------------------------------------------------


def test_the_first_link_creates_the_administrator_once(visitor: Browser) -> None:
    token = accounts.services.first_account.first_link_token()
    assert visitor.get(f"start/{token}").status_code == 200
    assert visitor.post(f"start/{token}", NEW).headers["Location"] == "/dashboard/"
    assert "Welcome" in text_of(visitor.get(""))
    assert list(User.objects.values_list("email", "is_admin")) == [("ada@example.com", True)]
    assert accounts.services.first_account.first_link_token() is None
    again = Browser()
    assert again.get(f"start/{token}").status_code == 400
    assert again.post(f"start/{token}", {**NEW, "email": "eve@example.com"}).status_code == 400
    assert User.objects.count() == 1


def test_a_newer_first_link_replaces_the_older(visitor: Browser) -> None:
    older = accounts.services.first_account.first_link_token()
    accounts.services.first_account.first_link_token()
    assert visitor.get(f"start/{older}").status_code == 400


def test_the_first_link_works_after_others_have_registered(visitor: Browser) -> None:
    token = accounts.services.first_account.first_link_token()
    visitor.post("register", NEW)
    assert list(User.objects.values_list("is_admin", flat=True)) == [False]
    assert visitor.get(f"start/{token}").status_code == 200
    assert visitor.post(f"start/{token}", {**NEW, "email": "eve@example.com"}).headers["Location"] == "/dashboard/"
    assert set(User.objects.values_list("email", "is_admin")) == {
        ("ada@example.com", False),
        ("eve@example.com", True),
    }
    assert accounts.services.first_account.first_link_token() is None


def test_the_first_link_accepts_an_existing_account(visitor: Browser) -> None:
    token = accounts.services.first_account.first_link_token()
    visitor.post("register", NEW)
    wrong = visitor.post(f"start/{token}", {**NEW, "password": "another-horse-7"})
    assert wrong.status_code == 400
    assert "enter the password of that account" in wrong.content.decode()
    assert list(User.objects.values_list("is_admin", flat=True)) == [False]
    assert visitor.post(f"start/{token}", NEW).headers["Location"] == "/dashboard/"
    assert list(User.objects.values_list("email", "is_admin")) == [("ada@example.com", True)]
    assert visitor.get(f"start/{token}").status_code == 400


def test_errors_are_shown_at_their_fields_and_input_stays(visitor: Browser) -> None:
    token = accounts.services.first_account.first_link_token()
    answer = visitor.post(f"start/{token}", {**NEW, "password": "short", "email": "none"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert re.search(r'id="id_email_error"[^>]*>Enter a valid email address', page)
    assert 'value="none"' in page and "short" not in page
    weak = visitor.post(f"start/{token}", {**NEW, "password": "short"}).content.decode()
    assert re.search(r'id="id_password_error"[^>]*>This password is too short', weak)
    assert 'aria-invalid="true"' in weak
    assert not User.objects.exists()


# --- registering --------------------------------------------------------------------------------------


def test_only_the_registering_browser_sees_the_mail(visitor: Browser, settings: Any) -> None:
    settings.SHOWS_MAIL = True
    assert visitor.post("register", NEW).headers["Location"] == "/dashboard/registered"
    page = visitor.get("registered").content.decode()
    path = re.search(r"/dashboard/(verify/[\w-]+)", page)[1]
    assert Browser().get("registered").headers["Location"] == "/dashboard/login"
    # Following the link is not enough: mail scanners do that too.
    assert visitor.get(path).status_code == 200
    assert User.objects.get().email_verified_at is None
    assert visitor.post(path).headers["Location"] == "/dashboard/login"
    assert User.objects.get().email_verified_at is not None
    assert visitor.post(path).status_code == 400


def test_a_sent_mail_is_not_shown(visitor: Browser, settings: Any) -> None:
    settings.SHOWS_MAIL = False
    visitor.post("register", NEW)
    assert "/dashboard/verify/" not in visitor.get("registered").content.decode()


def test_an_existing_address_reveals_nothing(
    visitor: Browser, make_user: Callable[..., str], settings: Any
) -> None:
    settings.SHOWS_MAIL = True
    email = make_user(verified=False)
    answer = visitor.post("register", {**NEW, "email": email})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard/registered")
    assert "/dashboard/verify/" not in visitor.get("registered").content.decode()


# --- sign-in and sign-out -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("next_page", "location"),
    [
        ("/dashboard/account", "/dashboard/account"),
        ("https://example.com/dashboard", "/dashboard/"),
        ("//example.com/dashboard", "/dashboard/"),
        ("/api/docs", "/dashboard/"),
    ],
)
def test_sign_in_redirects_to_the_requested_page(
    visitor: Browser, make_user: Callable[..., str], next_page: str, location: str
) -> None:
    answer = visitor.post("login", {"email": make_user(), "password": PASSWORD, "next": next_page})
    assert answer.headers["Location"] == location


def test_a_wrong_password_and_an_unknown_address_have_one_message(
    visitor: Browser, make_user: Callable[..., str]
) -> None:
    answers = [visitor.sign_in(email, "wrong-password") for email in (make_user(), "nobody@example.com")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert all("do not match an account" in text_of(answer) for answer in answers)


def test_attempts_are_counted_together_with_the_api(
    visitor: Browser, make_user: Callable[..., str], settings: Any
) -> None:
    settings.SIGN_IN_LIMIT_ACCOUNT = 2
    email = make_user()
    body = {"email": email, "password": "wrong-password"}
    assert visitor.client.post("/core/login", body, content_type="application/json").status_code == 401
    assert visitor.sign_in(email, "wrong-password").status_code == 401
    refused = visitor.sign_in(email)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Too many requests" in text_of(refused)


def test_sign_in_changes_the_cookies(visitor: Browser, make_user: Callable[..., str]) -> None:
    visitor.post("register", NEW)  # which begins a session of visitor
    before = {name: visitor.client.cookies[name].value for name in ("datacube_session", "datacube_csrf")}
    visitor.sign_in(make_user())
    assert all(visitor.client.cookies[name].value != value for name, value in before.items())


def test_sign_out_ends_the_session_on_the_server(anna: Browser) -> None:
    cookie = anna.client.cookies["datacube_session"].value
    assert anna.post("logout").headers["Location"] == "/dashboard/login"
    anna.client.cookies["datacube_session"] = cookie
    assert anna.get("account").status_code == 302


def test_a_browser_session_is_not_a_token(anna: Browser) -> None:
    session = anna.principal.session
    for header in (f"Bearer {session}", f"Api-Key {session}"):
        assert anna.client.get("/core/profile", headers={"Authorization": header}).status_code == 401


# --- passwords ----------------------------------------------------------------------------------------


def test_a_forgotten_password(visitor: Browser, anna: Browser, mailoutbox: list[Any]) -> None:
    for email in (anna.email, "nobody@example.com"):
        assert visitor.post("reset", {"email": email}).status_code == 200
    send_password_reset(User.objects.get(email=anna.email).pk)
    path = re.search(r"/dashboard/(reset/\S+)", mailoutbox[-1].body)[1]
    assert visitor.get(path).status_code == 200
    assert visitor.post(path, {"password": "short"}).status_code == 400
    assert visitor.post(path, {"password": "another-good-one-7"}).headers["Location"] == "/dashboard/login"
    assert anna.get("account").status_code == 302  # every session has ended
    assert visitor.sign_in(anna.email).status_code == 401
    assert visitor.sign_in(anna.email, "another-good-one-7").status_code == 302
    assert visitor.post(path, {"password": "a-third-good-one-7"}).status_code == 400


@pytest.mark.parametrize("shows_mail", [True, False])
def test_the_verification_mail_is_shown_again(
    new_browser: Callable[..., Browser], mailoutbox: list[Any], settings: Any, shows_mail: bool
) -> None:
    settings.SHOWS_MAIL = shows_mail
    anna = new_browser(verified=False)
    assert ("Show the mail" if shows_mail else "Send the mail again") in text_of(anna.get(""))
    page = anna.client.get(anna.post("verify").headers["Location"])
    links = re.findall(r"/dashboard/(verify/[\w-]+)", page.content.decode())
    assert len(links) == shows_mail
    if shows_mail:
        assert anna.post(links[0]).headers["Location"] == "/dashboard/"
        assert "not verified" not in text_of(anna.get(""))


def test_a_verified_address_gets_no_mail(anna: Browser) -> None:
    answer = anna.post("verify", headers=HTMX)
    assert (answer.status_code, "already verified" in text_of(answer)) == (400, True)
