"""Mapping of exceptions to errors and statuses."""

from __future__ import annotations

import pytest
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions as drf

import engine
from engine.errors import KINDS
from web.errors import HTTP_STATUS, Internal, MethodNotAllowed, UnsupportedMedia, classify, field_errors, status_of

SECRET = "E11000 mongodb://10.1.2.3 /srv/datacube"
RAISED = [
    (engine.Conflict("It is taken."), engine.Conflict, 409, "It is taken."),
    (drf.ValidationError({"email": ["It is wrong."]}), engine.Invalid, 400, "It is wrong."),
    (drf.ValidationError({"a": ["One."], "b": ["Two."]}), engine.Invalid, 400, "The request is not valid."),
    (drf.ParseError("It breaks."), engine.Invalid, 400, "It breaks."),
    (drf.NotAuthenticated("Who?"), engine.Unauthenticated, 401, "Who?"),
    (drf.AuthenticationFailed("No."), engine.Unauthenticated, 401, "No."),
    (drf.PermissionDenied("Not you."), engine.Forbidden, 403, "Not you."),
    (drf.NotFound("Key 7 of team 3"), engine.NotFound, 404, "Not found or access denied"),
    (drf.UnsupportedMediaType("x/y"), UnsupportedMedia, 415, 'Unsupported media type "x/y" in request.'),
    (drf.Throttled(), engine.LimitExceeded, 429, "Request was throttled."),
    (Http404(SECRET), engine.NotFound, 404, "Not found or access denied"),
    (PermissionDenied(SECRET), engine.Forbidden, 403, "This is not allowed."),
    (
        RequestDataTooBig(SECRET),
        *(engine.TooLarge, 413, "The body is larger than 16777216 bytes (MAX_BODY_BYTES)."),
    ),
    (TooManyFieldsSent(SECRET), engine.TooLarge, 413, "At most 1000 parameters at once."),
    (TooManyFilesSent(SECRET), engine.TooLarge, 413, "At most 100 files at once."),
    (DisallowedHost(SECRET), engine.Invalid, 400, "The request is not valid."),
    (BadRequest(SECRET), engine.Invalid, 400, "The request is not valid."),
    (UnreadablePostError(SECRET), engine.Invalid, 400, "The body ended too early."),
    (OperationalError(SECRET), engine.Unavailable, 503, "The platform database does not respond; try again."),
    (InterfaceError(SECRET), engine.Unavailable, 503, "The platform database does not respond; try again."),
    (IntegrityError(SECRET), Internal, 500, "Something went wrong on our side."),
    (ZeroDivisionError(SECRET), Internal, 500, "Something went wrong on our side."),
    (KeyError(SECRET), Internal, 500, "Something went wrong on our side."),
]


@pytest.mark.parametrize(("exception", "kind", "status", "message"), RAISED)
def test_every_exception_becomes_an_error(
    exception: Exception, kind: type[engine.Error], status: int, message: str
) -> None:
    error = classify(exception)
    assert (type(error), status_of(error), error.message) == (kind, status, message)


def test_retry_after_of_errors() -> None:
    assert classify(drf.Throttled(wait=7.2)).retry_after == 8
    assert classify(drf.Throttled()).retry_after == 1
    assert classify(OperationalError()).retry_after == 2


def test_each_kind_has_its_status() -> None:
    assert {kind.__name__: status for kind, status in HTTP_STATUS.items()} == {
        "Invalid": 400,
        "Unauthenticated": 401,
        "Forbidden": 403,
        "NotFound": 404,
        "Conflict": 409,
        "TooLarge": 413,
        "LimitExceeded": 429,
        "Unavailable": 503,
        "MethodNotAllowed": 405,
        "Outdated": 412,
        "NotAcceptable": 406,
        "UnsupportedMedia": 415,
        "KeyReused": 422,
        "Internal": 500,
        "Unexpected": 500,
        "TimedOut": 503,
        "OutOfSpace": 507,
        "NotConfigured": 501,
    }
    assert set(KINDS) < set(HTTP_STATUS)


def test_message_of_an_unsupported_method() -> None:
    error = MethodNotAllowed("PATCH", allowed=["GET", "PUT"])
    assert error.message == "The method PATCH is not allowed here; use GET, PUT."


@pytest.mark.parametrize(
    ("detail", "errors"),
    [
        ({"email": ["One.", "Two."]}, [("email", "One."), ("email", "Two.")]),
        ({"items": [{}, {"name": ["It is wrong."]}]}, [("items.1.name", "It is wrong.")]),
        ({"a": {"b": {"c": ["Deep."]}}}, [("a.b.c", "Deep.")]),
        ({"a": {"non_field_errors": ["Together."]}}, [("a", "Together.")]),
        (["Just this."], [("", "Just this.")]),
    ],
)
def test_nested_errors_have_dotted_paths(detail: object, errors: list[tuple[str, str]]) -> None:
    assert [(error.field, error.message) for error in field_errors(detail)] == errors
