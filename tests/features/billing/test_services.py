"""Events without a usable key of the installation."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from features.billing.services import is_enabled, receive


def test_a_setting_that_is_no_key(settings: Any) -> None:
    assert not is_enabled()
    settings.PADDLE_PUBLIC_KEY = "no key"
    assert is_enabled()
    with pytest.raises(engine.Unavailable, match="PADDLE_PUBLIC_KEY"):
        receive({}, key="")
