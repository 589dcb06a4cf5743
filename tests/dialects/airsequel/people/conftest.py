"""Fixtures: two people of the running service."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.dialects.airsequel.people.support import Member, register
from tests.support import until


@pytest.fixture(scope="module")
def joe(web: httpx.Client) -> Member:
    return register(web)


@pytest.fixture(scope="module")
def jim(web: httpx.Client) -> Member:
    """A person without a team in common with Joe."""
    return register(web)


@pytest.fixture
def mailed(home: Path) -> Callable[[str, str], str]:
    """Return `mailed(address, path)`: the secret in the newest mail to the address that links to the path."""

    def mailed(email: str, path: str) -> str:
        link = re.compile(rf"^http://\S+{path}(\S+)$", re.MULTILINE)

        def newest() -> str:
            files = sorted((home / "mail").glob("*"), reverse=True)
            texts = [text for text in map(Path.read_text, files) if f"To: {email}" in text]
            return next((secrets[-1] for text in texts if (secrets := link.findall(text))), "")

        secret: str = until(newest, seconds=180)
        return secret

    return mailed
