"""Fixtures: people who have an account of their own."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from datacube_client.resources.people.accounts import Account
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
