"""The exceptions of the client: one class for each kind of refusal, and one for no answer at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class FieldError:
    """One error of a request: `field` is its path, `index` the number of the document or operation, from 0."""

    field: str
    message: str
    index: int | None = None


class DataCubeError(Exception):
    """Base of all exceptions of this package."""


class NoResponseError(DataCubeError):
    """The service sent no response. A write without an idempotency key may have been executed."""


class JobFailedError(DataCubeError):
    """A job has failed. `job` is its record, with `message` and `errors`."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        super().__init__(str(job.get("message") or "The job has failed."))
        self.job = job
        self.errors = tuple(_listed(job.get("errors")))


class EventStreamError(DataCubeError):
    """The service has ended a stream of events: the credentials were revoked, or the database was dropped."""


class ResponseError(DataCubeError):
    """The service refused a request.

    `errors` has all errors of fields, `request_id` identifies the request in the log of the service, `body` is the
    whole answer, and `retry_after` the seconds after which a retry may succeed.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.body = _body(response)
        self.errors = tuple(_errors(self.body))
        self.request_id = response.headers.get("X-Request-ID", "")
        self.retry_after = retry_after(response)
        self.message = _message(self.body) or f"HTTP status {self.status}"
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} (status {self.status}, request {self.request_id or 'without id'})"


class InvalidRequestError(ResponseError):
    """The request is invalid: status 400, or another one from 400 to 499 that has no class of its own."""


class AuthenticationError(ResponseError):
    """The credentials are missing or invalid: status 401."""


class SecondFactorRequiredError(AuthenticationError):
    """The password is right, and a code is needed: pass it to `account.enter_code` with `challenge`."""

    @property
    def challenge(self) -> str:
        return str(self.body["challenge"])


class PermissionDeniedError(ResponseError):
    """The credentials lack a permission: status 403."""


class NotFoundError(ResponseError):
    """It does not exist, or belongs to another team: status 404."""


class ConflictError(ResponseError):
    """The request conflicts with stored data, or with another request: status 409."""


class VersionConflictError(ConflictError):
    """The document does not have the expected version: status 412. `current` is the document now, or None."""

    @property
    def current(self) -> dict[str, Any] | None:
        return self.body.get("current")

    @property
    def changed_fields(self) -> list[str] | None:
        return self.body.get("changed_fields")


class TooLargeError(ResponseError):
    """The request exceeds a cap, which the message names: status 413."""


class RateLimitError(ResponseError):
    """Too many requests: status 429."""


class ServerError(ResponseError):
    """The service failed: status 500 to 599."""


class UnavailableError(ServerError):
    """A part of the service does not answer, or the work took too long: status 502, 503 or 504."""


_CLASSES: Mapping[int, type[ResponseError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    412: VersionConflictError,
    413: TooLargeError,
    429: RateLimitError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}

_SECOND_FACTOR = "second_factor_required"


def error_of(response: httpx.Response) -> ResponseError:
    """Return the exception for a response whose status is 400 or more."""
    default = ServerError if response.status_code >= 500 else InvalidRequestError
    error = _CLASSES.get(response.status_code, default)(response)
    return SecondFactorRequiredError(response) if error.body.get("code") == _SECOND_FACTOR else error


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of the header `Retry-After`; None without one, or if it is a date."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def _body(response: httpx.Response) -> dict[str, Any]:
    """Return the body as an object; a proxy in between may send text."""
    try:
        body = response.json()
    except ValueError:
        return {"message": response.text[:500]}
    return body if isinstance(body, dict) else {"message": str(body)}


def _message(body: Mapping[str, Any]) -> str:
    texts = (body[name] for name in ("message", "detail", "error") if isinstance(body.get(name), str))
    return next(texts, "") or "; ".join(f"{error.field}: {error.message}" for error in _errors(body))


def _errors(body: Mapping[str, Any]) -> Iterator[FieldError]:
    """Yield the errors of fields in each shape: lists of objects, and below `/core` {field: [message, …]}."""
    yield from _listed(body.get("errors") or body.get("list"))
    for name, messages in body.items():
        if name not in ("errors", "list") and isinstance(messages, list):
            yield from (FieldError(name, message) for message in messages if isinstance(message, str))


def _listed(errors: Any) -> Iterator[FieldError]:
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            message = error.get("message", "")
            text = message[0] if isinstance(message, list) and message else message
            yield FieldError(str(error.get("field", "")), str(text), error.get("index"))
