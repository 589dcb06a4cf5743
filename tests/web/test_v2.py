"""The error body of the routes below /api/v2."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from engine import FieldError
from engine.errors import Unexpected
from web.errors import HTTP_STATUS, Internal, KeyReused, MethodNotAllowed, NotAcceptable, UnsupportedMedia
from web.v2 import _NAMES, envelope


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (engine.Invalid("No."), "ValidationError"),
        (engine.Unauthenticated("No."), "NotAuthenticated"),
        (engine.Forbidden("No."), "PermissionDenied"),
        (engine.NotFound("No."), "NotFound"),
        (engine.Conflict("No."), "Conflict"),
        (engine.Outdated("No."), "PreconditionFailed"),
        (engine.TooLarge("No."), "RequestTooLarge"),
        (engine.LimitExceeded("No."), "Throttled"),
        (engine.Unavailable("No."), "ServiceUnavailable"),
        (engine.TimedOut("No."), "ServiceUnavailable"),
        (NotAcceptable("No."), "NotAcceptable"),
        (UnsupportedMedia("No."), "UnsupportedMediaType"),
        (KeyReused("No."), "UnprocessableEntity"),
        (Internal("No."), "InternalServerError"),
        (Unexpected("No."), "InternalServerError"),
    ],
)
def test_an_error_without_fields_has_its_message_as_detail(error: engine.Error, name: str) -> None:
    assert envelope(error) == {"success": False, "error": name, "detail": "No."}


def test_an_unsupported_method() -> None:
    assert envelope(MethodNotAllowed("PUT", allowed=["GET"])) == {
        "success": False,
        "error": "MethodNotAllowed",
        "detail": "The method PUT is not allowed here; use GET.",
    }


def test_every_error_with_a_status_has_a_name() -> None:
    assert set(_NAMES) == set(HTTP_STATUS)


@pytest.mark.parametrize(
    ("errors", "detail"),
    [
        ([FieldError("email", "One.")], {"email": ["One."]}),
        ([FieldError("é.ü", "One."), FieldError("é.ü", "Two.")], {"é.ü": ["One.", "Two."]}),
        ([FieldError("b", "Two."), FieldError("a", "One.")], {"b": ["Two."], "a": ["One."]}),
        (
            [FieldError("email", "One.", 0), FieldError("email", "Two.", 12)],
            {"0.email": ["One."], "12.email": ["Two."]},
        ),
        ([FieldError("", "One.", 0)], {"0": ["One."]}),
        ([FieldError("", "One."), FieldError("", "Two.")], {"non_field_errors": ["One.", "Two."]}),
    ],
)
def test_errors_of_fields_are_grouped_by_path(errors: list[FieldError], detail: dict[str, list[str]]) -> None:
    error = engine.Invalid("The request is not valid.", errors=errors)
    assert envelope(error) == {"success": False, "error": "ValidationError", "detail": detail}


def test_details_of_the_error_are_members_of_the_body() -> None:
    body: dict[str, Any] = envelope(engine.Outdated("It has changed.", details={"current": {"_version": 3}}))
    assert body == {
        "success": False,
        "error": "PreconditionFailed",
        "detail": "It has changed.",
        "current": {"_version": 3},
    }
