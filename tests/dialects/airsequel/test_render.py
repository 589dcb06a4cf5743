"""The error body of this dialect, and its addresses."""

from __future__ import annotations

import pytest

import engine
from dialects.airsequel import render

ERRORS = [engine.FieldError("name", "This field is required."), engine.FieldError("", "Must be an object.")]


@pytest.mark.parametrize(
    ("error", "messages"),
    [
        (engine.NotFound("Gone."), ["Gone."]),
        (engine.Invalid("2 errors", errors=ERRORS), ["name: This field is required.", "Must be an object."]),
    ],
)
def test_the_envelope(error: engine.Error, messages: list[str]) -> None:
    assert render.envelope(error) == {"errors": [{"message": message} for message in messages]}


@pytest.mark.parametrize(
    ("path", "is_own"),
    [
        ("/api/dbs", True),
        ("/api/dbs/x/tables/y", True),
        ("/dbs/x/graphql", True),
        ("/readonly/x", True),
        ("/api/crud", False),
        ("/api/dbsx", False),
        ("/api/docs", False),
        ("/", False),
    ],
)
def test_addresses(path: str, is_own: bool) -> None:
    assert render.is_airsequel(path) is is_own
