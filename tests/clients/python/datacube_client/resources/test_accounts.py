"""Accounts and keys by both clients."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from datacube_client import AuthenticationError, DataCube, InvalidRequestError
from datacube_client.core.sending import Credentials
from datacube_client.resources.accounts import Account, Keys
from tests.support import PASSWORD


@pytest.fixture
def account(driver: Any) -> Account:
    """Return a person's account of their own, so that its session may end."""
    person = Account(driver)
    email = f"{secrets.token_hex(8)}@example.com"
    driver.session.credentials.access = ""
    person.register(email=email, first_name="Alex", last_name="Dev", password=PASSWORD)
    person.sign_in(email, PASSWORD)
    return person


def test_a_person(account: Account) -> None:
    assert account.profile()["firstName"] == "Alex"
    assert account.update_profile(first_name="Anna")["firstName"] == "Anna"
    assert "sent" in account.resend_verification()["message"]
    assert account.request_password_reset("nobody@example.com")["message"]
    account.sign_out()
    with pytest.raises(AuthenticationError):
        account.profile()


def test_links_that_are_not_valid(account: Account) -> None:
    with pytest.raises(InvalidRequestError, match="invalid or has expired"):
        account.verify_email("nothing")
    with pytest.raises(InvalidRequestError, match="invalid or has expired"):
        account.confirm_password_reset("nothing", PASSWORD)


def test_errors_below_core_have_fields(account: Account) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        account.register(email="no address", first_name="", last_name="Dev", password=PASSWORD)
    assert {error.field for error in caught.value.errors} == {"email", "firstName"}


def test_an_expired_access_token_is_renewed(account: Account) -> None:
    credentials: Credentials = account._driver.session.credentials
    before, credentials.access = credentials.refresh, "expired"
    assert account.profile()["firstName"] == "Alex"
    assert credentials.refresh not in ("", before)
    account.renew_tokens()
    assert account.profile()["firstName"] == "Alex"


def test_a_session_that_has_ended(account: Account) -> None:
    credentials: Credentials = account._driver.session.credentials
    credentials.access = credentials.refresh = "expired"
    with pytest.raises(AuthenticationError):
        account.profile()


def test_keys(account: Account, service_url: str) -> None:
    keys = Keys(account._driver)
    created = keys.create("my backend", actions=["read", "own"])
    assert created["id"] in [key["id"] for key in keys.list()]
    with DataCube(service_url, created["key"]) as client:
        assert [key["id"] for key in client.keys.list()] == [created["id"]]
    keys.revoke(created["id"])
    assert keys.list() == []
