"""Coming in and going: the first link, registering, logging in and out, verifying, forgotten passwords."""

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


def test_the_first_link_makes_the_administrator_once(nobody: Browser) -> None:
    token = accounts.services.first_link_token()
    assert nobody.get(f"start/{token}").status_code == 200
    assert nobody.post(f"start/{token}", NEW).headers["Location"] == "/dashboard/"
    assert "Welcome" in text_of(nobody.get(""))
    assert list(User.objects.values_list("email", "is_admin")) == [("ada@example.com", True)]
    assert accounts.services.first_link_token() is None
    again = Browser()
    assert again.get(f"start/{token}").status_code == 400
    assert again.post(f"start/{token}", {**NEW, "email": "eve@example.com"}).status_code == 400
    assert User.objects.count() == 1


def test_a_newer_first_link_voids_the_older(nobody: Browser) -> None:
    older = accounts.services.first_link_token()
    accounts.services.first_link_token()
    assert nobody.get(f"start/{older}").status_code == 400


def test_the_first_link_is_good_after_others_have_registered(nobody: Browser) -> None:
    token = accounts.services.first_link_token()
    nobody.post("register", NEW)
    assert list(User.objects.values_list("is_admin", flat=True)) == [False]
    assert nobody.get(f"start/{token}").status_code == 200
    assert nobody.post(f"start/{token}", {**NEW, "email": "eve@example.com"}).headers["Location"] == "/dashboard/"
    assert set(User.objects.values_list("email", "is_admin")) == {
        ("ada@example.com", False),
        ("eve@example.com", True),
    }
    assert accounts.services.first_link_token() is None


def test_the_first_link_takes_an_account_that_exists(nobody: Browser) -> None:
    token = accounts.services.first_link_token()
    nobody.post("register", NEW)
    wrong = nobody.post(f"start/{token}", {**NEW, "password": "another-horse-7"})
    assert wrong.status_code == 400
    assert "enter the password of that account" in wrong.content.decode()
    assert list(User.objects.values_list("is_admin", flat=True)) == [False]
    assert nobody.post(f"start/{token}", NEW).headers["Location"] == "/dashboard/"
    assert list(User.objects.values_list("email", "is_admin")) == [("ada@example.com", True)]
    assert nobody.get(f"start/{token}").status_code == 400


def test_faults_are_told_at_their_fields_and_what_was_typed_stays(nobody: Browser) -> None:
    token = accounts.services.first_link_token()
    answer = nobody.post(f"start/{token}", {**NEW, "password": "short", "email": "none"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert re.search(r'id="id_email_error"[^>]*>Enter a valid email address', page)
    assert 'value="none"' in page and "short" not in page
    weak = nobody.post(f"start/{token}", {**NEW, "password": "short"}).content.decode()
    assert re.search(r'id="id_password_error"[^>]*>This password is too short', weak)
    assert 'aria-invalid="true"' in weak
    assert not User.objects.exists()


# --- registering --------------------------------------------------------------------------------------


def test_registering_shows_the_mail_to_the_same_browser_alone(nobody: Browser, settings: Any) -> None:
    settings.SHOWS_MAIL = True
    assert nobody.post("register", NEW).headers["Location"] == "/dashboard/registered"
    page = nobody.get("registered").content.decode()
    path = re.search(r"/dashboard/(verify/[\w-]+)", page)[1]
    assert Browser().get("registered").headers["Location"] == "/dashboard/login"
    # Following the link is not enough: programs that look at mail do that too.
    assert nobody.get(path).status_code == 200
    assert User.objects.get().email_verified_at is None
    assert nobody.post(path).headers["Location"] == "/dashboard/login"
    assert User.objects.get().email_verified_at is not None
    assert nobody.post(path).status_code == 400


def test_no_mail_is_shown_where_it_is_sent(nobody: Browser, settings: Any) -> None:
    settings.SHOWS_MAIL = False
    nobody.post("register", NEW)
    assert "/dashboard/verify/" not in nobody.get("registered").content.decode()


def test_an_address_that_is_taken_shows_nothing_of_its_owner(
    nobody: Browser, make_user: Callable[..., str], settings: Any
) -> None:
    settings.SHOWS_MAIL = True
    email = make_user(verified=False)
    answer = nobody.post("register", {**NEW, "email": email})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard/registered")
    assert "/dashboard/verify/" not in nobody.get("registered").content.decode()


# --- logging in and out -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/dashboard/account", "/dashboard/account"),
        ("https://example.com/dashboard", "/dashboard/"),
        ("//example.com/dashboard", "/dashboard/"),
        ("/api/docs", "/dashboard/"),
    ],
)
def test_logging_in_leads_where_one_wanted_to_be(
    nobody: Browser, make_user: Callable[..., str], wanted: str, led: str
) -> None:
    answer = nobody.post("login", {"email": make_user(), "password": PASSWORD, "next": wanted})
    assert answer.headers["Location"] == led


def test_a_wrong_password_and_an_unknown_address_look_alike(nobody: Browser, make_user: Callable[..., str]) -> None:
    answers = [nobody.log_in(email, "wrong-password") for email in (make_user(), "nobody@example.com")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert all("do not match an account" in text_of(answer) for answer in answers)


def test_tries_are_counted_with_those_of_the_api(
    nobody: Browser, make_user: Callable[..., str], settings: Any
) -> None:
    settings.SIGN_IN_LIMIT_ACCOUNT = 2
    email = make_user()
    body = {"email": email, "password": "wrong-password"}
    assert nobody.client.post("/core/login", body, content_type="application/json").status_code == 401
    assert nobody.log_in(email, "wrong-password").status_code == 401
    refused = nobody.log_in(email)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Too many requests" in text_of(refused)


def test_logging_in_changes_the_cookies(nobody: Browser, make_user: Callable[..., str]) -> None:
    nobody.post("register", NEW)  # which begins a session of nobody
    before = {name: nobody.client.cookies[name].value for name in ("datacube_session", "datacube_csrf")}
    nobody.log_in(make_user())
    assert all(nobody.client.cookies[name].value != value for name, value in before.items())


def test_logging_out_ends_the_session_itself(anna: Browser) -> None:
    kept = anna.client.cookies["datacube_session"].value
    assert anna.post("logout").headers["Location"] == "/dashboard/login"
    anna.client.cookies["datacube_session"] = kept
    assert anna.get("account").status_code == 302


def test_a_browser_session_is_no_token(anna: Browser) -> None:
    session = anna.principal.session
    for header in (f"Bearer {session}", f"Api-Key {session}"):
        assert anna.client.get("/core/profile", headers={"Authorization": header}).status_code == 401


# --- passwords ----------------------------------------------------------------------------------------


def test_a_forgotten_password(nobody: Browser, anna: Browser, mailoutbox: list[Any]) -> None:
    for email in (anna.email, "nobody@example.com"):
        assert nobody.post("reset", {"email": email}).status_code == 200
    send_password_reset(User.objects.get(email=anna.email).pk)
    path = re.search(r"/dashboard/(reset/\S+)", mailoutbox[-1].body)[1]
    assert nobody.get(path).status_code == 200
    assert nobody.post(path, {"password": "short"}).status_code == 400
    assert nobody.post(path, {"password": "another-good-one-7"}).headers["Location"] == "/dashboard/login"
    assert anna.get("account").status_code == 302  # every session has ended
    assert nobody.log_in(anna.email).status_code == 401
    assert nobody.log_in(anna.email, "another-good-one-7").status_code == 302
    assert nobody.post(path, {"password": "a-third-good-one-7"}).status_code == 400


@pytest.mark.parametrize("shown", [True, False])
def test_who_is_logged_in_is_shown_the_mail_where_none_leaves_the_machine(
    come: Callable[..., Browser], mailoutbox: list[Any], settings: Any, shown: bool
) -> None:
    settings.SHOWS_MAIL = shown
    anna = come(verified=False)
    assert ("Show the mail" if shown else "Send the mail again") in text_of(anna.get(""))
    page = anna.client.get(anna.post("verify").headers["Location"])
    links = re.findall(r"/dashboard/(verify/[\w-]+)", page.content.decode())
    assert len(links) == shown
    if shown:
        assert anna.post(links[0]).headers["Location"] == "/dashboard/"
        assert "not verified" not in text_of(anna.get(""))


def test_a_verified_address_needs_no_other_mail(anna: Browser) -> None:
    answer = anna.post("verify", headers=HTMX)
    assert (answer.status_code, "already verified" in text_of(answer)) == (400, True)
