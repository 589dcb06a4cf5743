"""Reads query parameters or body members one by one, and reports all their errors together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest, QueryDict

import engine
from engine.schema import TYPES
from web.requests.body import SAFEGUARDS, json_text

_MAX_INTEGER = 2**31 - 1
_NO_PARAMETERS = QueryDict()
_INTEGER = re.compile(r"-?[0-9]{1,11}")


def query_of(request: HttpRequest) -> Mapping[str, str]:
    """Return the query string as a dict, faster than `request.GET`.

    Repeated names have been rejected by `web.requests.addresses`.
    """
    pairs = _pairs(request)
    return request.GET.dict() if pairs is None else dict(pairs)


def lists_of(request: HttpRequest) -> QueryDict:
    """Return the equivalent of `request.GET`, built faster."""
    pairs = _pairs(request)
    if pairs is None:
        return request.GET
    if not pairs:
        return _NO_PARAMETERS  # a shared object: creating an empty QueryDict is slow
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    query = QueryDict()
    dict.update(query, values)
    return query


def _pairs(request: HttpRequest) -> list[tuple[str, str]] | None:
    """Return the decoded pairs; None if Django must parse the query string, which then raises its own errors."""
    text = request.META.get("QUERY_STRING", "")
    parts = text.split("&")
    if not text.isascii() or len(parts) > (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or len(parts)):
        return None
    pairs = (part.partition("=") for part in parts if part)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


class Parameters:
    """Reader of parameters. Each method returns a usable value and records an error; `check` raises `Invalid`."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._errors: list[engine.FieldError] = []
        self._unknown = {name for name in SAFEGUARDS if name in values}

    def add_error(self, name: str, text: str) -> None:
        """Record an error for a parameter."""
        self._errors.append(engine.FieldError(name, text))

    def has_error(self, name: str) -> bool:
        """Return whether an error was recorded for this parameter."""
        return any(error.field == name for error in self._errors)

    def check(self, message: str = "") -> None:
        """Raise `Invalid` with all recorded errors. `message` defaults to the error itself if it is the only one.

        A safeguard (`dry_run`, `max_affected`) that no method has read is an error.
        """
        for name in sorted(self._unknown):
            self.add_error(name, f"Unknown parameter {name}.")
        if not self._errors:
            return
        single = self._errors[0].message if len(self._errors) == 1 else "The request is not valid."
        raise engine.Invalid(message or single, errors=self._errors)

    def reject_unknown(self, *names: str) -> None:
        """Record an error for every parameter that is not in `names`."""
        for name in sorted(self._values.keys() - set(names)):
            self.add_error(name, f"Unknown parameter {name}.")

    def text(self, name: str, *, missing: str = "", default: str | None = None) -> str:
        """Return a string without NUL, required unless there is a default. `missing` replaces the error text."""
        value = self._values.get(name)
        if value is None or value == "":
            if default is not None:
                return default
            self.add_error(name, missing or f"{name} is required")
        elif type(value) is not str or "\0" in value:
            self.add_error(name, f"{name} must be a string without NUL")
        else:
            return value
        return ""

    def integer(self, name: str, *, default: int, min_value: int = 1, max_value: int = _MAX_INTEGER) -> int:
        """Return a whole number from `min_value` to `max_value`, written in digits."""
        raw = self._values.get(name, str(default))
        number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 12 else -1
        if not min_value <= number <= max_value:
            self.add_error(name, f"{name} must be a whole number from {min_value} to {max_value}")
        return number

    def clamped(self, name: str, *, default: int, max_value: int) -> int:
        """Return a whole number, clamped to 1 to `max_value`. Records an error for anything else."""
        raw = self._values.get(name, str(default))
        if not _INTEGER.fullmatch(raw):
            self.add_error(name, f"{name} must be a whole number")
            return default
        return min(max(int(raw), 1), max_value)

    def boolean(self, name: str, *, default: bool | None = None) -> bool:
        """Return a boolean, which is required unless there is a default."""
        self._unknown.discard(name)
        value = self._values.get(name, default)
        if type(value) is not bool:
            self.add_error(name, f"{name} must be true or false")
        return value is True

    def positive_integer(self, name: str) -> int | None:
        """Return a whole number of at least 1, or None if absent."""
        self._unknown.discard(name)
        value = self._values.get(name)
        if name in self._values and (type(value) is not int or not 1 <= value <= _MAX_INTEGER):
            self.add_error(name, f"{name} must be a whole number from 1 to {_MAX_INTEGER}")
            return None
        return value

    def past_datetime(self, name: str, *, required: bool = False) -> datetime | None:
        """Return an ISO 8601 time in the past as a naive datetime in UTC, or None if absent and not required."""
        raw = self._values.get(name)
        if raw is None or (raw == "" and required):
            if required:
                self.add_error(name, f"{name} is required")
            return None
        try:
            timestamp: datetime = TYPES["datetime"](raw)
        except ValueError as error:
            self.add_error(name, str(error))
            return None
        if timestamp > datetime.now(UTC).replace(tzinfo=None):
            self.add_error(name, f"{name} must be in the past")
        return timestamp

    def object(self, name: str, *, or_text: bool = False) -> dict[str, Any]:
        """Return a required JSON object. With `or_text` a string that contains the JSON is accepted too."""
        value = self._values.get(name)
        if or_text and type(value) is str:
            value = self.json(name, default={})
        if type(value) is not dict:
            self.add_error(name, f"{name} must be a JSON object" if name in self._values else f"{name} is required")
            return {}
        return value

    def json(self, name: str, *, default: Any) -> Any:
        """Parse a parameter that contains JSON text; return the default if it is absent or empty."""
        raw = self._values.get(name)
        if not raw:
            return default
        try:
            return json_text(name, raw)
        except engine.Invalid as error:
            self._errors.extend(error.errors)
            return default
