"""Contents of files inside JSON: the bytes of a Node.js Buffer, or base64."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings

import engine
from engine.encoding import loads
from web.requests.body import json_value

_FIELD = "content"
# A Buffer as JSON has one number for each byte. It is taken out of the body before that is parsed, as a body has at
# most MAX_BODY_VALUES values.
_BUFFER = re.compile(rb'"content"\s*:\s*\{\s*"type"\s*:\s*"Buffer"\s*,\s*"data"\s*:\s*\[([\d,\s]*)\]\s*\}')
_WRONG = 'Must be base64, or a Buffer: {"type": "Buffer", "data": [0, 255]}.'


@dataclass(frozen=True)
class FileBody:
    """The members of a file's document, and its new content; None leaves the content unchanged."""

    members: dict[str, Any]
    content: bytes | None


def parse_file(raw: bytes, *, path: str) -> FileBody:
    """Parse the JSON body of a request to `path`. Raises `Invalid`."""
    buffer = _BUFFER.search(raw)
    rest = raw if buffer is None else b"".join([raw[: buffer.start()], b'"content":null', raw[buffer.end() :]])
    members = json_value(rest, path=path)
    if type(members) is not dict:
        raise engine.Invalid("The body must be a JSON object.")
    content = members.pop(_FIELD, None)
    if buffer is not None:
        return FileBody(members, _bytes(b"[%b]" % buffer[1]))
    return FileBody(members, None if content is None else _decoded(content))


def _bytes(text: bytes) -> bytes:
    if len(text) > settings.MAX_BODY_BYTES:
        raise engine.TooLarge(f"The body is larger than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES).")
    try:
        return bytes(loads(text, depth=1))
    except (ValueError, engine.Invalid) as error:
        raise engine.Invalid.of_field(_FIELD, _WRONG) from error


def _decoded(content: Any) -> bytes:
    if type(content) is not str:
        raise engine.Invalid.of_field(_FIELD, _WRONG)
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise engine.Invalid.of_field(_FIELD, _WRONG) from error
