"""Bodies and query parameters, read strictly: what is wrong with them is `Invalid`, named."""

from __future__ import annotations

from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

import engine
from web.addresses import check_query, form_of
from web.errors import UnsupportedMedia

# A document may use the whole depth, a few levels down in a request's envelope.
ENVELOPE_DEPTH = 3
# Who sends one of these where it is not known would be surprised by what is done.
SAFEGUARDS = ("dry_run", "max_affected")
# Larger bodies are parsed one at a time in a process: what a parser needs besides is several times the body.
_LARGE_BODY = 1 << 20
_large_bodies = Lock()
_COMPRESSED = "The body is compressed (Content-Encoding); send it as plain JSON."
_NOT_UTF_8 = "The body is not in UTF-8; JSON is read in that encoding alone."


def body_cap(path: str) -> tuple[int, str]:
    """Return the most bytes of a body sent to a path, and the setting that limits it."""
    if path.startswith("/core/"):
        return settings.MAX_ACCOUNT_BODY_BYTES, "MAX_ACCOUNT_BODY_BYTES"
    return settings.MAX_BODY_BYTES, "MAX_BODY_BYTES"


def json_value(raw: bytes, *, path: str = "") -> Any:
    """Return the JSON body of a request to a path."""
    most, setting = body_cap(path)
    if len(raw) > most:
        raise engine.TooLarge(f"The body is larger than {most} bytes ({setting}).")
    _check_encoding(raw)
    if not raw.strip():
        raise engine.Invalid("The request needs a JSON body.")
    if len(raw) <= _LARGE_BODY:
        return _loaded(raw)
    with _large_bodies:
        return _loaded(raw)


def _loaded(raw: bytes) -> Any:
    return engine.loads(raw, depth=settings.MAX_DEPTH + ENVELOPE_DEPTH, values=settings.MAX_BODY_VALUES)


def json_object(raw: bytes, *, path: str = "") -> dict[str, Any]:
    """Return the JSON body of a request to a path, which must be an object."""
    value = json_value(raw, path=path)
    if type(value) is not dict:
        raise engine.Invalid("The JSON body must be an object.")
    return value


def json_body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that a plain Django request carries, whatever its content type says."""
    _check_header(request.META.get("HTTP_CONTENT_ENCODING", ""))
    _check_query(request)
    return json_object(request.body, path=request.path)


def _check_query(request: HttpRequest) -> None:
    query = request.META.get("QUERY_STRING", "")
    for name in SAFEGUARDS:
        if name in query and name in request.GET:
            raise engine.Invalid.of_field(name, f"{name} is a member of the body; nothing was done.")


def _check_header(encoding: str) -> None:
    if encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMedia(_COMPRESSED)


def _check_encoding(raw: bytes) -> None:
    """JSON in UTF-16 and UTF-32 begins with a mark, or has a NUL among its first bytes."""
    if raw.startswith(b"\x1f\x8b"):
        raise UnsupportedMedia(_COMPRESSED)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
        raise engine.Invalid(_NOT_UTF_8)


def json_text(name: str, text: str) -> Any:
    """A query parameter that holds JSON."""
    try:
        return engine.loads(text.encode(), depth=settings.MAX_DEPTH)
    except UnicodeEncodeError as problem:
        raise engine.Invalid.of_field(name, "It is not valid Unicode text.") from problem
    except (engine.Invalid, engine.TooLarge) as problem:
        found = problem.errors or [engine.FieldError("", problem.message)]
        places = [f"{name}.{fault.field}" if fault.field else name for fault in found]
        faults = [engine.FieldError(at, fault.message) for at, fault in zip(places, found, strict=True)]
        raise type(problem)(problem.message, errors=faults) from problem


class StrictJSONParser(BaseParser):
    """DRF's door to `json_object`."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        request = (parser_context or {}).get("request")
        path = request.path if request else ""
        if request:
            _check_header(request.META.get("HTTP_CONTENT_ENCODING", ""))
            _check_query(request)
        return json_object(stream.read(body_cap(path)[0] + 1), path=path)


class StrictFormParser(BaseParser):
    """Parse a URL-encoded form into an object of strings, each name once, with the checks of query strings."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        raw = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(raw) > settings.MAX_BODY_BYTES:
            raise engine.TooLarge(f"The body is larger than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES).")
        check_query(raw.decode("latin-1"))
        return form_of(raw).dict()


class StrictJSONRenderer(BaseRenderer):
    """Answers of the control plane, through orjson."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else engine.dumps(data)
