"""Fixtures of the Airsequel dialect."""

from __future__ import annotations

import pytest

from tests.dialects.airsequel.support import Airsequel
from tests.support import Tenant


@pytest.fixture(scope="module")
def airsequel(anna: Tenant) -> Airsequel:
    """A client with the credentials of a person."""
    return Airsequel(anna)
