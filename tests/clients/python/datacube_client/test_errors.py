"""Exceptions: a class for each status, and the errors of fields in the shape of each route."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

import datacube_client
from datacube_client.errors import FieldError, error_of


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "InvalidRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (412, "VersionConflictError"),
        (413, "TooLargeError"),
        (415, "InvalidRequestError"),
        (422, "InvalidRequestError"),
        (429, "RateLimitError"),
        (500, "ServerError"),
        (501, "ServerError"),
        (502, "UnavailableError"),
        (503, "UnavailableError"),
        (504, "UnavailableError"),
    ],
)
def test_the_class_of_a_status(status: int, name: str) -> None:
    error = error_of(httpx.Response(status, json={}))
    assert type(error) is getattr(datacube_client, name)
    assert isinstance(error, datacube_client.DataCubeError)
    assert error.status == status


@pytest.mark.parametrize(
    ("body", "message", "errors"),
    [
        (
            {"message": "No.", "errors": [{"field": "a.b", "message": "Bad.", "index": 2}]},
            "No.",
            [FieldError("a.b", "Bad.", 2)],
        ),
        ({"email": ["Enter one."], "non_field_errors": ["No."]}, "email: Enter one.; non_field_errors: No.", None),
        ({"detail": "Token is invalid or expired"}, "Token is invalid or expired", []),
        ({"error": "Invalid credentials"}, "Invalid credentials", []),
        (
            {"name": "E", "message": "Bad.", "list": [{"field": "n", "message": ["Bad.", "TYPE"]}]},
            "Bad.",
            [FieldError("n", "Bad.")],
        ),
        ([], "[]", []),
    ],
)
def test_the_message_and_the_fields_of_each_shape(body: Any, message: str, errors: list[FieldError] | None) -> None:
    error = error_of(httpx.Response(400, json=body, headers={"X-Request-ID": "r1"}))
    assert error.message == message
    assert errors is None or list(error.errors) == errors
    assert str(error) == f"{message} (status 400, request r1)"


def test_the_text_of_a_proxy_and_no_text() -> None:
    assert error_of(httpx.Response(502, text="Bad Gateway")).message == "Bad Gateway"
    assert error_of(httpx.Response(502)).message == "HTTP status 502"


@pytest.mark.parametrize(("text", "seconds"), [("3", 3.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("", None)])
def test_the_seconds_until_a_retry(text: str, seconds: float | None) -> None:
    assert error_of(httpx.Response(503, headers={"Retry-After": text})).retry_after == seconds


def test_a_version_conflict_has_the_document() -> None:
    body = {"message": "No.", "current": {"_id": "1"}, "changed_fields": ["n"]}
    error = error_of(httpx.Response(412, json=body))
    assert isinstance(error, datacube_client.VersionConflictError)
    assert (error.current, error.changed_fields) == ({"_id": "1"}, ["n"])


def test_a_sign_in_that_needs_a_code() -> None:
    body = {"error": "Enter the code.", "code": "second_factor_required", "challenge": "eyJ"}
    error = error_of(httpx.Response(401, json=body))
    assert isinstance(error, datacube_client.SecondFactorRequiredError)
    assert (error.challenge, error.message) == ("eyJ", "Enter the code.")
