"""Answers that are arrays of documents: whole if they are short, streamed otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse

from engine.encoding import dumps
from web.views import json_response

T = TypeVar("T")


def array_response(batches: Iterator[list[T]], *, total: int | None = None) -> HttpResponse | StreamingHttpResponse:
    """Answer with an array or, with a total, with `{metadata: {total}, records}`. Errors of the first two batches
    are reported before the first byte.
    """
    first, second = next(batches, []), next(batches, None)
    if second is None:
        return json_response(first if total is None else {"metadata": {"total": total}, "records": first})
    pieces = _array(chain([first, second], batches))
    if total is not None:
        pieces = chain([b'{"metadata":{"total":%d},"records":' % total], pieces, [b"}"])
    return StreamingHttpResponse(pieces, content_type="application/json", headers={"Cache-Control": "no-store"})


def _array(batches: Iterator[list[T]]) -> Iterator[bytes]:
    separator = b"["
    for batch in batches:
        if batch:
            yield separator + dumps(batch)[1:-1]
            separator = b","
    yield b"]" if separator == b"," else b"[]"
