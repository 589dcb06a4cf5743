"""What Django's reading of an upload leaves out without a word: here it is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from django.http.multipartparser import FILE, RAW, ChunkIter, LazyStream, MultiPartParser, Parser, exhaust

import engine

_LOOK = 8


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


def check(request: HttpRequest) -> None:
    """Raises `Invalid` for a body that breaks off, and for one with a part that Django would not keep.

    It comes before Django's own reading, and raises what that raises.
    """
    body = request.META["wsgi.input"]
    parser = MultiPartParser(request.META, body, request.upload_handlers, request.encoding)
    parts = [*_parts(Parser(LazyStream(ChunkIter(body)), request.content_params["boundary"].encode()))]
    body.seek(0)
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
    filename = part.disposition.get("filename", b"")
    if part.kind == FILE:
        return not parser.sanitize_file_name(filename.decode())
    # A form in which no file was chosen sends an empty filename too, and nothing in it.
    return "filename" in part.disposition and part.start != b""
