"""The file of an uploaded form."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError

import engine
from web.requests import multipart

PART = "file"
_OVERHEAD = 64 * 1024
# The closing boundary has at most 74 bytes; a client may send more after it, which is ignored.
_TAIL_BYTES = 4 * 1024
_BROKEN = "The body is not valid multipart/form-data."
_INCOMPLETE = "The body is incomplete: it does not end with its closing boundary."


def uploaded_file(request: HttpRequest, *, setting: str = "MAX_BODY_BYTES") -> UploadedFile:
    """Return the file in the part `file` of a form. One that is larger than MAX_BODY_BYTES is not in memory.

    Raises `Invalid`, and `TooLarge` past the bytes of the setting.
    """
    size, max_bytes = int(request.META.get("CONTENT_LENGTH") or "0") - _OVERHEAD, getattr(settings, setting)
    if size > max_bytes:
        raise engine.TooLarge(f"The body is larger than {max_bytes} bytes ({setting}).")
    files: list[UploadedFile] = []
    if request.content_type == multipart.MEDIA_TYPE:
        try:
            files = _streamed(request) if size > settings.MAX_BODY_BYTES else _files(request)
        except MultiPartParserError as error:
            raise engine.Invalid(_BROKEN) from error
    if len(files) != 1:
        raise engine.Invalid.of_field(PART, "Send one file in this part of multipart/form-data.")
    return files[0]


def _files(request: HttpRequest) -> list[UploadedFile]:
    """Return the files of the part. Django itself parses forms of POST alone."""
    multipart.check(request)
    return _parsed(request, BytesIO(request.body))


def _streamed(request: HttpRequest) -> list[UploadedFile]:
    """Return the files of a large form, which is not read into memory."""
    stream = _WithTail(request)
    files = _parsed(request, stream)
    boundary = (request.content_params or {}).get("boundary", "")
    if f"--{boundary}--".encode() not in stream.tail:
        raise engine.Invalid(_INCOMPLETE)
    return files


def _parsed(request: HttpRequest, body: Any) -> list[UploadedFile]:
    meta: Mapping[str, Any] = request.META
    _, files = MultiPartParser(meta, body, request.upload_handlers, request.encoding).parse()
    return files.getlist(PART)


class _WithTail:
    """A stream that keeps the last bytes that were read."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.tail = b""

    def read(self, size: int) -> bytes:
        content: bytes = self._stream.read(size)
        self.tail = (self.tail + content)[-_TAIL_BYTES:]
        return content
