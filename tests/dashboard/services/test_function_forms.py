"""Forms of functions."""

from __future__ import annotations

import pytest

from dashboard.services.function_forms import RunForm


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ('{"a": [1]}', {}),
        ("[]", {"body": ["Must be a JSON object."]}),
        ("{", {"body": ["Must be JSON."]}),
        ("[" * 100_000, {"body": ["Must be JSON."]}),
        ("", {"body": ["This field is required."]}),
    ],
)
def test_data_is_a_json_object(data: str, errors: dict[str, list[str]]) -> None:
    assert RunForm({"body": data}).errors == errors
