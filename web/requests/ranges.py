"""File responses: full content, a byte range, or 304 for a matching ETag."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_RANGE = re.compile(r"bytes=([0-9]{0,30})-([0-9]{0,30})")


def file_response(request: HttpRequest, *, tag: str, length: int, read: Callable[..., bytes]) -> HttpResponse:
    """Return a response with the content of `read(start=…, end=…)`: `length` bytes with the ETag `tag`."""
    headers = {"ETag": tag, "Accept-Ranges": "bytes"}
    known = request.headers.get("If-None-Match", "")
    if known.strip() == "*" or tag in [item.strip().removeprefix("W/") for item in known.split(",")]:
        return HttpResponse(status=304, headers=headers)
    requested = request.headers.get("Range", "") if request.headers.get("If-Range", tag) == tag else ""
    span = _span(requested, length)
    if span is None:
        return HttpResponse(read(), headers=headers)
    start, end = span
    if start >= end:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{length}"})
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{length}"
    return HttpResponse(read(start=start, end=end), status=206, headers=headers)


def _span(requested: str, length: int) -> tuple[int, int] | None:
    """Return (first byte, byte after the last); None for the full content, also if the header is not one range."""
    match = _RANGE.fullmatch(requested.strip())
    if not match or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(length - int(match[2]), 0), length
    if match[2] and int(match[2]) < int(match[1]):
        return None
    return int(match[1]), min(int(match[2]) + 1 if match[2] else length, length)
