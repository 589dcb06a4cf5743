"""Limits of signing in: a stranger's failures do not lock the owner out."""

from __future__ import annotations

import pytest

from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
OWNER, STRANGER, OTHER = "192.0.2.7", "198.51.100.9", "203.0.113.5"


def log_in(ask, email: str, password: str, address: str) -> int:
    return ask("POST /core/login", {"email": email, "password": password}, REMOTE_ADDR=address).status


def test_strangers_do_not_lock_the_owner_out(ask, anna, settings) -> None:
    assert log_in(ask, anna.email, PASSWORD, OWNER) == 200
    settings.SIGN_IN_LIMIT_ACCOUNT = 3  # of which the first sign-in was one
    assert [log_in(ask, anna.email, "wrong", STRANGER) for _ in range(3)] == [401, 401, 429]
    assert log_in(ask, anna.email, PASSWORD, STRANGER) == 429
    # All addresses that the account has not used share one count: guesses from many are no more than from one.
    assert log_in(ask, anna.email, "wrong", OTHER) == 429
    assert log_in(ask, anna.email, PASSWORD, OWNER) == 200


def test_a_known_address_has_a_limit_too(ask, anna, settings) -> None:
    assert log_in(ask, anna.email, PASSWORD, OWNER) == 200
    settings.SIGN_IN_LIMIT_ACCOUNT = 2
    assert [log_in(ask, anna.email, "wrong", OWNER) for _ in range(3)] == [401, 401, 429]


def test_unknown_accounts_are_counted_as_known_ones(ask, anna, fresh_email, settings) -> None:
    settings.SIGN_IN_LIMIT_ACCOUNT = 2
    for email in (fresh_email(), anna.email):
        assert [log_in(ask, email, "wrong", STRANGER) for _ in range(3)] == [401, 401, 429]


def test_an_account_makes_no_address_known_to_another(ask, anna, ben, settings) -> None:
    assert log_in(ask, ben.email, PASSWORD, STRANGER) == 200
    settings.SIGN_IN_LIMIT_ACCOUNT = 1
    assert [log_in(ask, anna.email, "wrong", address) for address in (OTHER, STRANGER)] == [401, 429]


def test_the_headers_of_a_refusal(ask, anna, settings) -> None:
    settings.SIGN_IN_LIMIT_ACCOUNT = 1
    log_in(ask, anna.email, "wrong", STRANGER)
    refused = ask("POST /core/login", {"email": anna.email, "password": "wrong"}, REMOTE_ADDR=STRANGER)
    assert (refused.status, refused.headers["RateLimit-Limit"]) == (429, "1")
