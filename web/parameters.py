"""Reads the parameters of a query or the members of a body one by one, and tells all their faults at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest, QueryDict

import engine
from web.parsing import SAFEGUARDS, json_text

_MOST = 2**31 - 1
_NO_PARAMETERS = QueryDict()
_WHOLE = re.compile(r"-?[0-9]{1,11}")


def query_of(request: HttpRequest) -> Mapping[str, str]:
    """The query string as `request.GET` reads it, for less; `web.addresses` has refused repeated names."""
    pairs = _pairs(request)
    return request.GET.dict() if pairs is None else dict(pairs)


def lists_of(request: HttpRequest) -> QueryDict:
    """`request.GET`, made for less."""
    pairs = _pairs(request)
    if pairs is None:
        return request.GET
    if not pairs:
        return _NO_PARAMETERS  # to parse none takes longer than to know the key
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    found = QueryDict()
    dict.update(found, values)
    return found


def _pairs(request: HttpRequest) -> list[tuple[str, str]] | None:
    """None where it is for Django to say what they are."""
    text = request.META.get("QUERY_STRING", "")
    parts = text.split("&")
    if not text.isascii() or len(parts) > (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or len(parts)):
        return None
    found = (part.partition("=") for part in parts if part)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in found]


class Parameters:
    """Each method answers a usable value, right or not; `check` then raises `Invalid` for whatever was wrong."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._faults: list[engine.FieldError] = []
        self._unknown = {name for name in SAFEGUARDS if name in values}

    def fault(self, name: str, text: str) -> None:
        self._faults.append(engine.FieldError(name, text))

    def is_wrong(self, name: str) -> bool:
        """Whether an error was recorded for this parameter."""
        return any(issue.field == name for issue in self._faults)

    def check(self, message: str = "") -> None:
        """Raises `Invalid` with every fault so far; one fault alone is also the message, unless one is given.

        A safeguard that nobody has asked for is a fault.
        """
        for name in sorted(self._unknown):
            self.fault(name, f"{name} is not known here; nothing was done.")
        if not self._faults:
            return
        single = self._faults[0].message if len(self._faults) == 1 else "The request is not valid."
        raise engine.Invalid(message or single, errors=self._faults)

    def only(self, *names: str) -> None:
        """Names what is none of these."""
        for name in sorted(self._values.keys() - set(names)):
            self.fault(name, "There is no such member.")

    def text(self, name: str, *, missing: str = "", default: str | None = None) -> str:
        """A text that must be there, unless there is a default, and be a string, before it is used for anything."""
        found = self._values.get(name)
        if found is None or found == "":
            if default is not None:
                return default
            self.fault(name, missing or f"{name} is required")
        elif type(found) is not str or "\0" in found:
            self.fault(name, f"{name} must be a string without NUL")
        else:
            return found
        return ""

    def whole(self, name: str, *, default: int, least: int = 1, most: int = _MOST) -> int:
        """A whole number of at least 1, unless another `least` is given, in digits."""
        raw = self._values.get(name, str(default))
        number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 12 else -1
        if not least <= number <= most:
            self.fault(name, f"{name} must be a whole number from {least} to {most}")
        return number

    def clamped(self, name: str, *, default: int, most: int) -> int:
        """Return a whole number moved into 1 to `most`; only what is not a whole number is an error."""
        raw = self._values.get(name, str(default))
        if not _WHOLE.fullmatch(raw):
            self.fault(name, f"{name} must be a whole number")
            return default
        return min(max(int(raw), 1), most)

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """True or false, which must be there unless there is a default."""
        self._unknown.discard(name)
        found = self._values.get(name, default)
        if type(found) is not bool:
            self.fault(name, f"{name} must be true or false")
        return found is True

    def most(self, name: str) -> int | None:
        """A number of at least 1, or None where it is absent."""
        self._unknown.discard(name)
        found = self._values.get(name)
        if name in self._values and (type(found) is not int or not 1 <= found <= _MOST):
            self.fault(name, f"{name} must be a whole number from 1 to {_MOST}")
            return None
        return found

    def past(self, name: str, *, required: bool = False) -> datetime | None:
        """A time that is over, in ISO 8601, as naive UTC; None where it is absent and need not be there."""
        raw = self._values.get(name)
        if raw is None or (raw == "" and required):
            if required:
                self.fault(name, f"{name} is required")
            return None
        try:
            moment = engine.TYPES["datetime"](raw)
        except ValueError as problem:
            self.fault(name, str(problem))
            return None
        if moment > datetime.now(UTC).replace(tzinfo=None):
            self.fault(name, f"{name} must be in the past")
        return moment

    def object(self, name: str, *, or_text: bool = False) -> dict[str, Any]:
        """Return a required JSON object; with `or_text` it may also be given as a string that holds the JSON."""
        found = self._values.get(name)
        if or_text and type(found) is str:
            found = self.json(name, default={})
        if type(found) is not dict:
            self.fault(name, f"{name} must be a JSON object" if name in self._values else f"{name} is required")
            return {}
        return found

    def json(self, name: str, *, default: Any) -> Any:
        """A parameter that holds JSON as text; absent or empty it is the default."""
        raw = self._values.get(name)
        if not raw:
            return default
        try:
            return json_text(name, raw)
        except engine.Invalid as problem:
            self._faults.extend(problem.errors)
            return default
