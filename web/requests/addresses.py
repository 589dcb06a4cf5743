"""Checks of a request's URL that apply to every route: valid UTF-8, and each parameter at most once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import unquote_plus, unquote_to_bytes

from django.http import QueryDict

import engine
from engine.errors import invalid

# The raw path in Latin-1, if the server provides it. PATH_INFO then has U+FFFD in place of invalid bytes.
RAW_PATH = "datacube.raw_path"
_NOT_UTF_8 = "This is not UTF-8: percent-encode the bytes of UTF-8, such as %C3%A9 for é."
_PATH = f"The path: {_NOT_UTF_8}"
_BEYOND_ASCII = re.compile("%[89A-Fa-f]")


def check_address(environ: Mapping[str, Any], *, repeatable: Collection[str] = ()) -> None:
    """Raise `Invalid` for a path or query that is not UTF-8, and for repeated parameters except `repeatable`."""
    _check_path_encoding(environ)
    check_query(environ.get("QUERY_STRING", ""), repeatable=repeatable)


def check_encoding(environ: Mapping[str, Any]) -> None:
    """Raise `Invalid` for a path or query that is not UTF-8."""
    _check_path_encoding(environ)
    _check_query_encoding(environ.get("QUERY_STRING", ""))


def _check_path_encoding(environ: Mapping[str, Any]) -> None:
    if RAW_PATH in environ:
        check_path(environ[RAW_PATH])
    elif not _is_utf_8(environ.get("PATH_INFO", "").replace("%", "%25")):  # already decoded
        raise engine.Invalid(_PATH)


def check_path(raw: str) -> None:
    """Raise `Invalid` for a percent-encoded path that is not UTF-8."""
    if not _is_utf_8(raw):
        raise engine.Invalid(_PATH)


def check_query(raw: str, *, repeatable: Collection[str] = ()) -> None:
    """Raise `Invalid` for a Latin-1 query string or form that is not UTF-8 or repeats a parameter."""
    _check_query_encoding(raw)
    names = [decoded(part.partition("=")[0]) for part in raw.split("&") if part]
    if len(set(names)) == len(names):
        return
    repeated = [name for name, count in Counter(names).items() if count > 1 and name not in repeatable]
    if repeated:
        raise invalid([engine.FieldError(name, "Give this parameter once only.") for name in repeated])


def decoded(text: str) -> str:
    """Return a name or value of a query string without percent-encoding and `+`."""
    return unquote_plus(text) if "%" in text or "+" in text else text


def form_of(raw: bytes) -> QueryDict:
    """Parse a URL-encoded form. Raises `Invalid` for bytes that are not UTF-8."""
    _check_query_encoding(raw.decode("latin-1"))
    return QueryDict(raw)


def _check_query_encoding(raw: str) -> None:
    if _is_utf_8(raw):
        return
    parts = [part.partition("=") for part in raw.split("&")]
    raise invalid([_encoding_error(name, value) for name, _, value in parts if not _is_utf_8(name + value)])


def _encoding_error(name: str, value: str) -> engine.FieldError:
    return engine.FieldError(unquote_plus(name) if _is_utf_8(name) else "", _NOT_UTF_8)


def _is_utf_8(raw: str) -> bool:
    if raw.isascii() and not _BEYOND_ASCII.search(raw):
        return True
    try:
        unquote_to_bytes(raw.encode("latin-1", "replace")).decode()
    except UnicodeDecodeError:
        return False
    return True
