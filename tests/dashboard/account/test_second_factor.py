"""Two-step sign-in in the browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.models import SecondFactor
from tests.accounts.second_factors import app_code, code_of, enable, forget_steps, wrong_code
from tests.dashboard.conftest import HTMX, PASSWORD, Browser, text_of


@pytest.fixture
def secured(anna: Browser) -> Browser:
    """Anna's browser; her account has a second factor."""
    enable(anna.principal, PASSWORD)
    return anna


def test_turning_it_on_shows_the_qr_code_and_then_the_recovery_codes(anna: Browser) -> None:
    assert "Turn two-step sign-in on" in text_of(anna.get("account/two-step"))
    assert (
        anna.post("account/two-step", {"password": PASSWORD}).headers["Location"] == "/dashboard/account/two-step"
    )
    page = anna.get("account/two-step").content.decode()
    assert 'src="data:image/svg+xml' in page
    secret = re.search(r'id="secret"[^>]*>([A-Z2-7]{32})<', page)[1]
    done = anna.post("account/two-step/confirm", {"code": code_of(secret)})
    codes = re.findall(r"^(?:<pre[^>]*>)?((?:[a-z2-9]{4}-){3}[a-z2-9]{4})$", done.content.decode(), re.MULTILINE)
    assert done.status_code == 200
    assert len(set(re.findall(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", text_of(done)))) == 10, codes
    again = anna.get("account/two-step")
    assert "10 recovery codes left" in text_of(again)
    assert secret not in again.content.decode()
    assert not re.findall(r"(?:[a-z2-9]{4}-){3}", text_of(again))


def test_errors_of_turning_it_on(anna: Browser) -> None:
    wrong = anna.post("account/two-step", {"password": "wrong"})
    assert (wrong.status_code, "This is not your password." in text_of(wrong)) == (400, True)
    anna.post("account/two-step", {"password": PASSWORD})
    refused = anna.post("account/two-step/confirm", {"code": wrong_code(anna.principal.user_id)})
    assert (refused.status_code, "This code is not valid" in text_of(refused)) == (400, True)
    assert anna.get("account/two-step/confirm").headers["Location"] == "/dashboard/account/two-step"


def test_signing_in_asks_for_the_code_and_opens_the_requested_page(secured: Browser) -> None:
    browser = Browser()
    login = {"email": secured.email, "password": PASSWORD, "next": "/dashboard/account"}
    first = browser.post("login", login)
    assert first.headers["Location"] == "/dashboard/login/code?next=%2Fdashboard%2Faccount"
    assert browser.get("account").headers["Location"].startswith("/dashboard/login")
    assert "Two-step sign-in" in text_of(browser.get("login/code?next=/dashboard/account"))
    user_id = secured.principal.user_id
    wrong = browser.post("login/code", {"code": wrong_code(user_id), "next": "/dashboard/account"})
    assert (wrong.status_code, "This code is not valid" in text_of(wrong)) == (401, True)
    assert browser.post("login/code", {"code": ""}).status_code == 400
    done = browser.post("login/code", {"code": app_code(user_id), "next": "/dashboard/account"})
    assert done.headers["Location"] == "/dashboard/account"
    assert browser.get("account").status_code == 200


def test_a_code_alone_signs_nobody_in(secured: Browser) -> None:
    browser = Browser()
    assert browser.get("login/code").headers["Location"] == "/dashboard/login"
    answer = browser.post("login/code", {"code": app_code(secured.principal.user_id)})
    assert answer.headers["Location"] == "/dashboard/login"
    assert browser.get("account").status_code == 302


def test_the_dialog_asks_for_the_code_too(secured: Browser) -> None:
    browser = Browser()
    first = browser.post("login", {"email": secured.email, "password": PASSWORD, "dialog": "1"}, headers=HTMX)
    page = first.content.decode()
    assert 'action="/dashboard/login/code"' in page and "again_code" in page
    user_id = secured.principal.user_id
    wrong = browser.post("login/code", {"code": wrong_code(user_id), "dialog": "1"}, headers=HTMX)
    assert (wrong.status_code, "again_code_error" in wrong.content.decode()) == (401, True)
    done = browser.post("login/code", {"code": app_code(user_id), "dialog": "1"}, headers=HTMX)
    assert done.headers["HX-Trigger-After-Swap"] == "signed-in"


def test_codes_are_counted(secured: Browser, settings: Any) -> None:
    settings.SECOND_FACTOR_ATTEMPTS = 2
    browser = Browser()
    browser.post("login", {"email": secured.email, "password": PASSWORD})
    wrong = wrong_code(secured.principal.user_id)
    statuses = [browser.post("login/code", {"code": wrong}).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


def test_new_recovery_codes_and_turning_it_off(secured: Browser) -> None:
    user_id = secured.principal.user_id
    proof = {"password": PASSWORD, "code": app_code(user_id)}
    shown = secured.post("account/two-step/change", {**proof, "op": "codes"})
    assert len(re.findall(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", text_of(shown))) == 10
    assert secured.post("account/two-step/change", {**proof, "op": "disable"}).status_code == 400
    forget_steps(user_id)
    assert secured.post("account/two-step/change", {**proof, "op": "disable"}).headers["Location"] == (
        "/dashboard/account"
    )
    assert not SecondFactor.objects.exists()
    assert secured.get("account/two-step/change").status_code == 302
