"""Signing in with an OpenID Connect provider in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.models import User
from tests.accounts.second_factors import app_code, enable
from tests.dashboard.conftest import PASSWORD, Browser, text_of
from tests.features.openid.conftest import fake_provider  # noqa: F401 a fixture
from tests.features.openid.provider import FakeProvider

CALLBACK = "login/openid/callback"


@pytest.fixture
def known(make_user: Any, fake_provider: FakeProvider) -> Iterator[str]:  # noqa: F811
    """The address of a user whom the provider signs in."""
    email = make_user()
    fake_provider.user["email"] = email
    return email


def come_back(browser: Browser, fake: FakeProvider, start: str = "login/openid", **changes: str) -> Any:
    """Start a sign-in, agree at the provider, and open the address to which it sends the browser."""
    address = browser.get(start).headers["Location"]
    return browser.get(f"{CALLBACK}?{urlencode({**fake.authorize(address), **changes})}")


def test_the_sign_in_page_names_the_provider(visitor: Browser, fake_provider: FakeProvider, settings: Any) -> None:  # noqa: F811
    page = visitor.get("login?next=/dashboard/team")
    assert "Sign in with Example Login" in text_of(page)
    assert 'href="/dashboard/login/openid?next=/dashboard/team"' in page.content.decode()
    settings.OPENID_ISSUER = ""
    assert "Example Login" not in text_of(visitor.get("login"))
    assert visitor.get("login/openid").status_code == 404
    assert visitor.get(CALLBACK).status_code == 404


def test_signing_in_opens_the_requested_page(visitor: Browser, fake_provider: FakeProvider, known: str) -> None:  # noqa: F811
    done = come_back(visitor, fake_provider, "login/openid?next=/dashboard/team")
    assert (done.status_code, done.headers["Location"]) == (302, "/dashboard/team")
    assert known in text_of(visitor.get("account"))


def test_another_site_cannot_be_the_next_page(visitor: Browser, fake_provider: FakeProvider, known: str) -> None:  # noqa: F811
    done = come_back(visitor, fake_provider, "login/openid?next=https://evil.example/dashboard/")
    assert done.headers["Location"] == "/dashboard/"


def test_a_second_factor_is_asked_for(visitor: Browser, fake_provider: FakeProvider, anna: Browser) -> None:  # noqa: F811
    fake_provider.user["email"] = anna.email
    enable(anna.principal, PASSWORD)
    done = come_back(visitor, fake_provider)
    assert done.headers["Location"] == "/dashboard/login/code"
    assert visitor.get("account").status_code == 302
    code = app_code(anna.principal.user_id)
    assert visitor.post("login/code", {"code": code}).headers["Location"] == "/dashboard/"


def test_an_answer_counts_once_and_for_its_browser(
    visitor: Browser,
    fake_provider: FakeProvider,  # noqa: F811
    known: str,
) -> None:
    address = visitor.get("login/openid").headers["Location"]
    answer = f"{CALLBACK}?{urlencode(fake_provider.authorize(address))}"
    other = Browser()
    results = [browser.get(answer) for browser in (other, visitor, visitor)]
    assert [result.status_code for result in results] == [400, 302, 400]
    assert "not started in this browser" in text_of(results[0])
    assert other.get("account").status_code == 302


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"state": "other"}, 400, "not started in this browser"),
        ({"code": ""}, 403, "did not sign you in"),
        ({"code": "unknown"}, 503, "did not answer as expected"),
    ],
)
def test_failures_are_shown_on_the_sign_in_page(
    visitor: Browser,
    fake_provider: FakeProvider,  # noqa: F811
    known: str,
    change: dict[str, str],
    status: int,
    text: str,
) -> None:
    answer = come_back(visitor, fake_provider, **change)
    assert (answer.status_code, text in text_of(answer)) == (status, True)
    assert "Sign in with Example Login" in text_of(answer)
    assert visitor.get("account").status_code == 302


def test_who_has_no_account_is_told_so(visitor: Browser, fake_provider: FakeProvider, settings: Any) -> None:  # noqa: F811
    answer = come_back(visitor, fake_provider)
    assert (answer.status_code, "No account here has the address" in text_of(answer)) == (403, True)
    settings.OPENID_CREATE_ACCOUNTS = True
    assert come_back(visitor, fake_provider).status_code == 302
    assert User.objects.get(email="ada@example.com").email_verified_at is not None


def test_a_provider_that_is_away(visitor: Browser, fake_provider: FakeProvider, settings: Any) -> None:  # noqa: F811
    settings.OPENID_ISSUER = "http://127.0.0.1:9"
    answer = visitor.get("login/openid")
    assert (answer.status_code, "did not answer as expected" in text_of(answer)) == (503, True)


def test_starts_are_counted(visitor: Browser, fake_provider: FakeProvider, settings: Any) -> None:  # noqa: F811
    settings.SIGN_IN_LIMIT_ADDRESS = 1
    statuses = [visitor.get("login/openid", REMOTE_ADDR="192.0.2.77").status_code for _ in range(2)]
    assert statuses == [302, 429]
