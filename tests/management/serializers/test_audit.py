"""The parameters of the audit log."""

from __future__ import annotations

import pytest

from engine import Invalid
from management.serializers.audit import AuditQuery
from management.serializers.fields import parse


def test_absent_parameters_have_their_defaults() -> None:
    values = parse(AuditQuery, {})
    assert (values["limit"], values["format"], values["before"], values["since"]) == (100, "json", None, None)


@pytest.mark.parametrize("text", ["-1", "1.5", "９", "1" * 5000])
def test_numbers_are_digits_within_their_limits(text: str) -> None:
    with pytest.raises(Invalid, match="limit must be a whole number from 1 to 1000"):
        parse(AuditQuery, {"limit": text})
