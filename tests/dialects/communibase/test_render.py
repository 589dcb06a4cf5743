"""The error body of this dialect."""

from __future__ import annotations

import pytest

import engine
from dialects.communibase import render

ONE = engine.FieldError("document.addresses.0.street", "This field is required.", 0)
OTHER = engine.FieldError("", "Must be an object.")


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (engine.NotFound("Gone."), {"code": 404, "message": "Gone.", "errors": []}),
        (
            engine.Invalid("document 0, x", errors=[ONE]),
            {
                "code": 400,
                "message": "addresses.0.street: This field is required.",
                "errors": [{"field": "addresses.0.street", "message": "This field is required."}],
            },
        ),
        (
            engine.Invalid("x", errors=[OTHER, ONE]),
            {
                "code": 400,
                "message": "2 errors; the first: Must be an object.",
                "errors": [
                    {"field": "", "message": "Must be an object."},
                    {"field": "addresses.0.street", "message": "This field is required."},
                ],
            },
        ),
        (
            engine.Conflict("Taken.", errors=[OTHER]),
            {"code": 409, "message": "Taken.", "errors": [{"field": "", "message": "Must be an object."}]},
        ),
    ],
)
def test_envelope(error: engine.Error, body: object) -> None:
    assert render.envelope(error) == body


def test_an_acknowledgement_is_an_object() -> None:
    assert render.done() == {"success": True}
