"""The eight kinds of failure that the engine, and everything above it, raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

# No error lists more than these, however many there are.
MAX_REPORTED = 1_000


# Errors of a value: the path of each inside the value, and its message.
PathErrors = list[tuple[str, str]]


class Code(StrEnum):
    """Stable word for the kind of an error, for programs; see docs/errors.md."""

    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"
    TYPE = "TYPE"
    REGEX = "REGEX"
    ENUM = "ENUM"
    MIN = "MIN"
    MAX = "MAX"
    SCHEMA = "SCHEMA"
    UNKNOWN = "UNKNOWN"
    READONLY = "READONLY"
    INVALID = "INVALID"


class Message(str):
    """The text of an error with its code, which every copy of the error keeps."""

    __slots__ = ("code",)
    code: Code

    def __new__(cls, text: str, code: Code) -> Self:
        message = super().__new__(cls, text)
        message.code = code
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Code]]:
        """Return the arguments that recreate the message when it is copied or pickled."""
        return (str(self),), {"code": self.code}

    @classmethod
    def required(cls) -> Self:
        return cls("This field is required.", Code.REQUIRED)


def code_of(text: str) -> Code:
    """Return the code that a message was made with, `INVALID` for plain text."""
    return text.code if isinstance(text, Message) else Code.INVALID


@dataclass(frozen=True)
class FieldError:
    """One error of the input: the field it is in and, in a batch, the index of its document."""

    field: str
    message: str
    index: int | None = None

    @property
    def code(self) -> Code:
        return code_of(self.message)

    def as_dict(self) -> dict[str, Any]:
        item: dict[str, Any] = {"field": self.field, "message": self.message}
        if self.index is not None:
            item["index"] = self.index
        return item


class Error(Exception):
    """Base of the eight kinds. `message` is safe to show to a caller; `errors` lists every error of the request.

    `details` has what one kind adds, by name; `reason` is a word for metrics where the class says too little.
    """

    reason = ""
    details: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, message: str, *, errors: Iterable[FieldError] = (), retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)
        self.retry_after = retry_after

    @classmethod
    def of_field(cls, field: str, message: str, *, index: int | None = None) -> Error:
        """Return an error about one field, whose text is also the error's message."""
        return cls(message, errors=[FieldError(field, message, index)])


class Invalid(Error):
    """The input is wrong."""


class Unauthenticated(Error):
    """The caller is not authenticated."""


class Forbidden(Error):
    """The caller is known and may see the resource, but not do this."""


class NotFound(Error):
    """The resource does not exist for this caller."""


class Conflict(Error):
    """The request conflicts with what is stored."""


class Outdated(Conflict):
    """The document has changed since the caller read it."""

    def __init__(self, message: str, *, details: Mapping[str, Any] | None = None, **named: Any) -> None:
        super().__init__(message, **named)
        self.details = details or {}


class TooLarge(Error):
    """The request exceeds a cap; the message names it."""


class LimitExceeded(Error):
    """Too many requests; `retry_after` is in seconds."""


class Unavailable(Error):
    """A required component does not respond at the moment."""


class TimedOut(Unavailable):
    """The work exceeds a time limit; the message names the setting."""


class OutOfSpace(Unavailable):
    """A disk is nearly full, and the work needs space."""


class Unexpected(Error):
    """The document store failed for a reason that no request explains; the log has its code."""


KINDS = (Invalid, Unauthenticated, Forbidden, NotFound, Conflict, TooLarge, LimitExceeded, Unavailable)


def invalid(errors: Sequence[FieldError], *, unit: str = "document") -> Invalid:
    """Return one `Invalid` for all errors of a request. `unit` is what the index of an error counts."""
    first = errors[0]
    document = "" if first.index is None else f"{unit} {first.index}"
    location = ", ".join(part for part in (document, first.field) if part)
    message = f"{location}: {first.message}" if location else first.message
    if len(errors) > 1:
        message = f"{len(errors)} errors; the first: {message}"
    elif document:
        message = message[0].upper() + message[1:]
    return Invalid(message, errors=errors[:MAX_REPORTED])
