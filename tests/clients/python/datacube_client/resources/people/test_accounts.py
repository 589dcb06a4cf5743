"""Accounts by both clients."""

from __future__ import annotations

import pytest

from datacube_client import AuthenticationError, InvalidRequestError
from datacube_client.core.sending import Credentials
from datacube_client.resources.people.accounts import Account
from tests.support import PASSWORD


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
