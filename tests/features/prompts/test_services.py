"""Suggestions: their limits, and the turns of tenants."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from features.prompts.services import Turns, code_in, is_configured, suggest


def test_limits(settings: Any) -> None:
    assert not is_configured()
    settings.LLM_MAX_PROMPT_LENGTH, settings.LLM_MAX_SCHEMA_LENGTH = 5, 3
    with pytest.raises(engine.Invalid, match="LLM_MAX_PROMPT_LENGTH"):
        suggest("", "123456", schema="", tenant="a")
    with pytest.raises(engine.TooLarge, match="LLM_MAX_SCHEMA_LENGTH"):
        suggest("", "12345", schema="1234", tenant="a")


def test_turns(settings: Any) -> None:
    settings.LLM_CONCURRENCY = 2
    turns = Turns()
    with turns.of("a"):
        with pytest.raises(engine.LimitExceeded), turns.of("a"):
            pass
        with turns.of("b"), pytest.raises(engine.Unavailable, match="LLM_CONCURRENCY"), turns.of("c"):
            pass
    with turns.of("a"), turns.of("c"):
        pass


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (" SELECT 1 \n", "SELECT 1"),
        ("Here:\n```sql\nSELECT 1;\nSELECT 2\n```\nDone.", "SELECT 1;\nSELECT 2"),
        ("```\nSELECT 1", "SELECT 1"),
        ("", ""),
    ],
)
def test_code_of_an_answer(answer: str, code: str) -> None:
    assert code_in(answer) == code
