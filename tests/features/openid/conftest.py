"""Fixtures: a provider of the tests that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from features.openid.services import provider
from tests.features.openid.provider import CLIENT_ID, CLIENT_SECRET, FakeProvider, serving


@pytest.fixture
def fake_provider(settings: Any) -> Iterator[FakeProvider]:
    with serving() as fake:
        settings.OPENID_ISSUER, settings.OPENID_CLIENT_ID = fake.url, CLIENT_ID
        settings.OPENID_CLIENT_SECRET, settings.OPENID_NAME = CLIENT_SECRET, "Example Login"
        fake.user = {"sub": "u-1", "email": "ada@example.com", "email_verified": True, "given_name": "Ada"}
        provider.forget()
        yield fake
        provider.forget()
