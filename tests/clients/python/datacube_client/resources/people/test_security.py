"""Two-step sign-in and sessions by both clients."""

from __future__ import annotations

import pyotp
import pytest

from datacube_client import AuthenticationError, NotFoundError, SecondFactorRequiredError
from datacube_client.resources.people.accounts import Account
from tests.support import PASSWORD


def test_two_step_sign_in(account: Account) -> None:
    factor, email = account.second_factor, account.profile()["email"]
    assert factor.status()["enabled"] is False
    codes = factor.confirm(pyotp.TOTP(factor.enrol(PASSWORD)["secret"]).now())
    with pytest.raises(SecondFactorRequiredError) as caught:
        account.sign_in(email, PASSWORD)
    account.sign_out()
    with pytest.raises(AuthenticationError):
        account.enter_code(caught.value.challenge, "no code")
    account.enter_code(caught.value.challenge, codes[0])
    assert factor.status()["recovery_codes_left"] == len(codes) - 1
    others = factor.replace_recovery_codes(PASSWORD, codes[1])
    assert not set(others) & set(codes)
    factor.disable(PASSWORD, others[0])
    account.sign_in(email, PASSWORD)


def test_sessions(account: Account) -> None:
    (first,) = account.sessions.list()
    for _ in range(2):
        account.sign_in(account.profile()["email"], PASSWORD)
    sessions = account.sessions.list()
    assert (len(sessions), [item["current"] for item in sessions].count(True)) == (3, True)
    account.sessions.end(first["id"])
    with pytest.raises(NotFoundError):
        account.sessions.end(first["id"])
    assert account.sessions.end_others() == 1
    assert [item["current"] for item in account.sessions.list()] == [True]
