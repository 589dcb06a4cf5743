"""Bodies of multipart/form-data: forms, and checks for what Django's parser of an upload drops silently."""

from __future__ import annotations

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
    exhaust,
)

import engine

MEDIA_TYPE = "multipart/form-data"
_LOOK = 8
_REPLACEMENT = "\ufffd".encode()
_BROKEN = "The body is not valid multipart/form-data."


@dataclass(frozen=True)
class _Part:
    """What a part says of itself, and how its content begins."""

    kind: str
    disposition: Mapping[str, bytes]
    start: bytes

    @property
    def is_end(self) -> bool:
        """Whether it is what the closing boundary leaves: its two hyphens and a line's end."""
        return self.kind == RAW and self.start.rstrip() == b"--"


def form_of(request: HttpRequest) -> Mapping[str, list[str]]:
    """The fields of a form and their values; raises `Invalid` for files, and for what is not UTF-8."""
    try:
        check(request)
        # Decoded as Latin-1, which loses nothing: Django replaces bytes that are not UTF-8.
        parser = MultiPartParser(request.META, BytesIO(request.body), request.upload_handlers, "latin-1")
        fields, files = parser.parse()
    except MultiPartParserError as problem:
        raise engine.Invalid(_BROKEN) from problem
    if files:
        errors = [engine.FieldError(_utf_8(name, ""), "Upload files to the media archive.") for name in files]
        raise engine.invalid(errors)
    return {_utf_8(name, ""): [_utf_8(text, name) for text in texts] for name, texts in fields.lists()}


def _utf_8(text: str, name: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeDecodeError as problem:
        raise engine.Invalid.of_field(name if name.isascii() else "", "This is not UTF-8.") from problem


def check(request: HttpRequest) -> None:
    """Raises `Invalid` for a body that breaks off, and for one with a part that Django would not keep.

    It comes before Django's own reading, and raises what that raises.
    """
    body = BytesIO(request.body)
    parser = MultiPartParser(request.META, body, request.upload_handlers, request.encoding)
    parts = [*_parts(Parser(LazyStream(ChunkIter(body)), request.content_params["boundary"].encode()))]
    if not parts or not parts[-1].is_end:
        raise engine.Invalid("The body is incomplete: it does not end with its closing boundary.")
    lost = [str(place) for place, part in enumerate(parts[:-1], start=1) if _is_lost(part, parser)]
    if lost:
        raise engine.Invalid(
            f"Of the parts of the body these cannot be kept: {', '.join(lost)}. Each needs a Content-Disposition "
            "in UTF-8 with a name and, for a file, a filename that is more than dots and slashes."
        )


def _parts(found: Parser) -> Iterator[_Part]:
    """Those between the boundaries, and what is behind the last one."""
    for place, (kind, headers, content) in enumerate(found):
        if place > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1:
            raise TooManyFieldsSent
        start = content.read(_LOOK)
        exhaust(content)  # the next part is looked for where this one has been read to
        if place:
            yield _Part(kind, headers.get("content-disposition", ("", {}))[1], start)


def _is_lost(part: _Part, parser: MultiPartParser) -> bool:
    if not part.disposition.get("name", b"").strip():
        return True
    if any(_REPLACEMENT in value for value in part.disposition.values()):
        return True  # of a `filename*` whose bytes are not UTF-8
    filename = part.disposition.get("filename", b"")
    if part.kind == FILE:
        return not parser.sanitize_file_name(filename.decode())
    # A form in which no file was chosen sends an empty filename too, and nothing in it.
    return "filename" in part.disposition and part.start != b""
