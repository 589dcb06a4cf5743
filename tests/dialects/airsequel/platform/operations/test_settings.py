"""Declared settings: members that are not sent are told from those that are cleared."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dialects.airsequel.platform.operations.settings import SettingsChange, VariableChange


def test_members_that_are_sent() -> None:
    body = SettingsChange.parse({"environment": None, "schemaLocked": True})
    assert body.model_fields_set == {"environment", "schema_locked"}
    assert VariableChange.parse({"value": "x"}).model_dump(exclude_unset=True) == {"value": "x"}


@pytest.mark.parametrize(
    "body", [{"visibility": "x"}, {"envVars": [1]}, {"envVars": [{}] * 1_001}, {"viewsTab": 0}]
)
def test_refused_settings(body: Any) -> None:
    with pytest.raises(engine.Invalid):
        SettingsChange.parse(body)
