"""Maps exceptions to the service's error classes, and error classes to HTTP statuses."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions as drf

import engine
from engine.errors import OutOfSpace, Unexpected

STATUS: Mapping[type[engine.Error], int] = {
    engine.Invalid: 400,
    engine.Unauthenticated: 401,
    engine.Forbidden: 403,
    engine.NotFound: 404,
    engine.Conflict: 409,
    engine.TooLarge: 413,
    engine.LimitExceeded: 429,
    engine.Unavailable: 503,
}

MISSING_CREDENTIALS = "Authentication credentials were not provided."
NOT_FOUND = "Not found or access denied"


class MethodNotAllowed(engine.Error):
    """405: the route does not support the method. `allowed` is sent in the `Allow` header."""

    def __init__(self, method: str, *, allowed: list[str]) -> None:
        super().__init__(f"The method {method} is not allowed here; use {', '.join(allowed)}.")
        self.allowed = allowed


class NotAcceptable(engine.Error):
    """406: the route cannot respond in the requested format."""


class UnsupportedMedia(engine.Error):
    """415: the route does not accept the body's content type."""


class KeyReused(engine.Error):
    """422: the `Idempotency-Key` was used with another request (IETF draft of the header)."""


class Internal(engine.Error):
    """500: an internal error. The message is neutral; the log has the traceback."""


class NotConfigured(engine.Error):
    """501: the installation lacks what the route needs; the message names the settings."""


HTTP_STATUS: Mapping[type[engine.Error], int] = {
    **STATUS,
    MethodNotAllowed: 405,
    NotAcceptable: 406,
    engine.Outdated: 412,
    UnsupportedMedia: 415,
    KeyReused: 422,
    Internal: 500,
    Unexpected: 500,
    NotConfigured: 501,
    engine.TimedOut: 503,
    OutOfSpace: 507,
}


def detail_of(error: engine.Error) -> dict[str, str]:
    """Return `{"detail": message}` for a 401, which DataCube publishes on every route, else an empty dict."""
    return {"detail": error.message} if isinstance(error, engine.Unauthenticated) else {}


def status_of(error: engine.Error) -> int:
    """Return the HTTP status of an error."""
    return HTTP_STATUS[type(error)]


def classify(error: BaseException) -> engine.Error:
    """Return the error to respond with for any exception; `Internal` for an unexpected one."""
    match error:
        case engine.Error():
            return error
        case drf.APIException():
            return _of_drf(error)
        case Http404():
            return engine.NotFound(NOT_FOUND)
        case PermissionDenied():
            return engine.Forbidden("This is not allowed.")
        case RequestDataTooBig():
            return engine.TooLarge(f"The body is larger than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES).")
        case TooManyFieldsSent():
            return engine.TooLarge(f"At most {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS} parameters at once.")
        case TooManyFilesSent():
            return engine.TooLarge(f"At most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files at once.")
        case SuspiciousOperation() | BadRequest():
            return engine.Invalid("The request is not valid.")
        case UnreadablePostError():
            return engine.Invalid("The body ended too early.")
        case OperationalError() | InterfaceError():
            return engine.Unavailable("The platform database does not respond; try again.", retry_after=2)
    return Internal("Something went wrong on our side.")


def _of_drf(error: drf.APIException) -> engine.Error:
    match error:
        case drf.ValidationError():
            errors = field_errors(error.detail)
            message = errors[0].message if len(errors) == 1 else "The request is not valid."
            return engine.Invalid(message, errors=errors)
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return engine.Unauthenticated(str(error.detail))
        case drf.PermissionDenied():
            return engine.Forbidden(str(error.detail))
        case drf.NotFound():
            return engine.NotFound(NOT_FOUND)
        case drf.UnsupportedMediaType():
            return UnsupportedMedia(str(error.detail))
        case drf.Throttled():
            return engine.LimitExceeded(str(error.detail), retry_after=int(getattr(error, "wait", None) or 1))
    return engine.Invalid(str(error.detail))


def field_errors(detail: object, path: str = "") -> list[engine.FieldError]:
    """Flatten DRF's nested error detail into a list with dotted paths."""
    if isinstance(detail, Mapping):
        return [error for name, child in detail.items() for error in field_errors(child, _join(path, str(name)))]
    if isinstance(detail, list):
        return [
            error
            for index, child in enumerate(detail)
            for error in field_errors(child, _join(path, str(index)) if isinstance(child, Mapping | list) else path)
        ]
    return [engine.FieldError(path.removesuffix(".non_field_errors"), str(detail))]


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
