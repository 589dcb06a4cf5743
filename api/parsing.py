"""Bodies and query parameters, read strictly: what is wrong with them is `Invalid`, named."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

import engine

# A document may use the whole depth, a few levels down in a request's envelope.
ENVELOPE_DEPTH = 3


def json_object(raw: bytes) -> dict[str, Any]:
    """A request's JSON body, which must be an object."""
    if len(raw) > settings.MAX_BODY_BYTES:
        raise engine.TooLarge(f"The body is larger than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES).")
    if not raw.strip():
        raise engine.Invalid("The request needs a JSON body.")
    value = engine.loads(raw, depth=settings.MAX_DEPTH + ENVELOPE_DEPTH)
    if type(value) is not dict:
        raise engine.Invalid("The JSON body must be an object.")
    return value


def json_body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that a plain Django request carries, whatever its content type says."""
    return json_object(request.body)


def json_text(name: str, text: str) -> Any:
    """A query parameter that holds JSON."""
    try:
        return engine.loads(text.encode(), depth=settings.MAX_DEPTH)
    except UnicodeEncodeError as problem:
        raise engine.Invalid.of_field(name, "It is not valid Unicode text.") from problem
    except (engine.Invalid, engine.TooLarge) as problem:
        raise type(problem).of_field(name, problem.message) from problem


class StrictJSONParser(BaseParser):
    """DRF's door to `json_object`."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        return json_object(stream.read(settings.MAX_BODY_BYTES + 1))


class StrictJSONRenderer(BaseRenderer):
    """Answers of the control plane, through orjson."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else engine.dumps(data)
