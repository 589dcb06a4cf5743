"""Strict parsing of bodies and of JSON in query parameters; errors name their path."""

from __future__ import annotations

from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

import engine
from engine.encoding import dumps, loads
from web.errors import UnsupportedMedia
from web.requests.addresses import check_query, form_of

# Extra levels of nesting for the request's envelope around a document.
ENVELOPE_DEPTH = 3
# Parameters that limit the effect of a write: a route that does not support one must not ignore it.
SAFEGUARDS = ("dry_run", "max_affected")
# A process parses larger bodies one at a time: parsing needs several times the memory of the body.
_LARGE_BODY = 1 << 20
_large_bodies = Lock()
_COMPRESSED = "The body is compressed (Content-Encoding); send it as plain JSON."
_NOT_UTF_8 = "The body is not in UTF-8; JSON is read in that encoding alone."


def body_cap(path: str) -> tuple[int, str]:
    """Return the maximum size in bytes of a body sent to a path, and the name of the setting."""
    if path.startswith("/core/"):
        return settings.MAX_ACCOUNT_BODY_BYTES, "MAX_ACCOUNT_BODY_BYTES"
    return settings.MAX_BODY_BYTES, "MAX_BODY_BYTES"


def json_value(raw: bytes, *, path: str = "") -> Any:
    """Parse the JSON body of a request to a path. Raises `Invalid`, `TooLarge` or `UnsupportedMedia`."""
    max_bytes, setting = body_cap(path)
    if len(raw) > max_bytes:
        raise engine.TooLarge(f"The body is larger than {max_bytes} bytes ({setting}).")
    _check_encoding(raw)
    if not raw.strip():
        raise engine.Invalid("The request needs a JSON body.")
    if len(raw) <= _LARGE_BODY:
        return _load(raw)
    with _large_bodies:
        return _load(raw)


def _load(raw: bytes) -> Any:
    return loads(raw, depth=settings.MAX_DEPTH + ENVELOPE_DEPTH, values=settings.MAX_BODY_VALUES)


def json_object(raw: bytes, *, path: str = "") -> dict[str, Any]:
    """Parse the JSON body of a request to a path, which must be an object."""
    value = json_value(raw, path=path)
    if type(value) is not dict:
        raise engine.Invalid("The JSON body must be an object.")
    return value


def json_body(request: HttpRequest) -> dict[str, Any]:
    """Parse the JSON object in the body of a plain Django request. Ignores the content type."""
    _check_header(request.META.get("HTTP_CONTENT_ENCODING", ""))
    _check_query(request)
    return json_object(request.body, path=request.path)


def _check_query(request: HttpRequest) -> None:
    query = request.META.get("QUERY_STRING", "")
    for name in SAFEGUARDS:
        if name in query and name in request.GET:
            raise engine.Invalid.of_field(name, f"{name} belongs in the body, not in the query.")


def _check_header(encoding: str) -> None:
    if encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMedia(_COMPRESSED)


def _check_encoding(raw: bytes) -> None:
    """Raise for gzip, and for UTF-16 and UTF-32: these begin with a byte order mark or a NUL in four bytes."""
    if raw.startswith(b"\x1f\x8b"):
        raise UnsupportedMedia(_COMPRESSED)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
        raise engine.Invalid(_NOT_UTF_8)


def json_text(name: str, text: str) -> Any:
    """Parse a query parameter that contains JSON."""
    try:
        return loads(text.encode(), depth=settings.MAX_DEPTH)
    except UnicodeEncodeError as error:
        raise engine.Invalid.of_field(name, "It is not valid Unicode text.") from error
    except (engine.Invalid, engine.TooLarge) as error:
        errors = error.errors or [engine.FieldError("", error.message)]
        paths = [f"{name}.{item.field}" if item.field else name for item in errors]
        located = [engine.FieldError(path, item.message) for path, item in zip(paths, errors, strict=True)]
        raise type(error)(error.message, errors=located) from error


class StrictJSONParser(BaseParser):
    """DRF parser that calls `json_object`."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        request = (parser_context or {}).get("request")
        path = request.path if request else ""
        if request:
            _check_header(request.META.get("HTTP_CONTENT_ENCODING", ""))
            _check_query(request)
        return json_object(stream.read(body_cap(path)[0] + 1), path=path)


class StrictFormParser(BaseParser):
    """DRF parser of URL-encoded forms: an object of strings, with the checks of query strings."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        raw = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(raw) > settings.MAX_BODY_BYTES:
            raise engine.TooLarge(f"The body is larger than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES).")
        check_query(raw.decode("latin-1"))
        return form_of(raw).dict()


class StrictJSONRenderer(BaseRenderer):
    """DRF renderer that uses orjson."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else dumps(data)
