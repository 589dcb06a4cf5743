"""Bodies of multipart/form-data: parses forms, and rejects parts that Django's parser would drop silently."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from django.http.multipartparser import (
    FILE,
    RAW,
    ChunkIter,
    LazyStream,
    MultiPartParser,
    MultiPartParserError,
    Parser,
)
from django.utils.encoding import force_bytes

import engine
from engine.errors import invalid

MEDIA_TYPE = "multipart/form-data"
_START_LENGTH = 8
_REPLACEMENT = "\ufffd".encode()
_BROKEN = "The body is not valid multipart/form-data."


@dataclass(frozen=True)
class _Part:
    """The headers of a part and the first bytes of its content."""

    kind: str
    disposition: Mapping[str, bytes]
    start: bytes

    @property
    def is_end(self) -> bool:
        """Whether this is the closing boundary: two hyphens and a line end."""
        return self.kind == RAW and self.start.rstrip() == b"--"


def form_of(request: HttpRequest) -> Mapping[str, list[str]]:
    """Parse a form into its fields and their values. Raises `Invalid` for files and for invalid UTF-8."""
    try:
        check(request)
        # Decode as Latin-1, which is lossless: Django would replace invalid UTF-8.
        parser = MultiPartParser(request.META, BytesIO(request.body), request.upload_handlers, "latin-1")
        fields, files = parser.parse()
    except MultiPartParserError as error:
        raise engine.Invalid(_BROKEN) from error
    if files:
        errors = [engine.FieldError(_utf_8(name, ""), "Upload files to the media archive.") for name in files]
        raise invalid(errors)
    return {_utf_8(name, ""): [_utf_8(text, name) for text in texts] for name, texts in fields.lists()}


def _utf_8(text: str, name: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeDecodeError as error:
        raise engine.Invalid.of_field(name if name.isascii() else "", "This is not UTF-8.") from error


def check(request: HttpRequest) -> None:
    """Raise `Invalid` for an incomplete body, and for a part that Django would drop.

    Call it before Django parses the body; it raises the same exceptions as that parser.
    """
    body = BytesIO(request.body)
    parser = MultiPartParser(request.META, body, request.upload_handlers, request.encoding)
    boundary = (request.content_params or {})["boundary"].encode()
    parts = [*_parts(Parser(LazyStream(ChunkIter(body)), boundary))]
    if not parts or not parts[-1].is_end:
        raise engine.Invalid("The body is incomplete: it does not end with its closing boundary.")
    rejected = [str(number) for number, part in enumerate(parts[:-1], start=1) if _is_rejected(part, parser)]
    if rejected:
        raise engine.Invalid(
            f"These parts of the body cannot be stored: {', '.join(rejected)}. Each needs a Content-Disposition in "
            "UTF-8 with a name and, for a file, a filename that is more than dots and slashes."
        )


def _parts(parser: Parser) -> Iterator[_Part]:
    """Yield the parts between the boundaries, then what follows the last boundary."""
    for index, (kind, headers, content) in enumerate(parser):
        if index > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1:
            raise TooManyFieldsSent
        start = content.read(_START_LENGTH)
        deque(content, maxlen=0)  # the parser looks for the next part after the end of this one
        if index:
            _, values = headers.get("content-disposition", ("", {}))
            yield _Part(kind, {name: force_bytes(value) for name, value in values.items()}, start)


def _is_rejected(part: _Part, parser: MultiPartParser) -> bool:
    if not part.disposition.get("name", b"").strip():
        return True
    if any(_REPLACEMENT in value for value in part.disposition.values()):
        return True  # a `filename*` that is not UTF-8
    filename = part.disposition.get("filename", b"")
    if part.kind == FILE:
        return not parser.sanitize_file_name(filename.decode())
    # A form without a chosen file sends an empty filename and no content.
    return "filename" in part.disposition and part.start != b""
