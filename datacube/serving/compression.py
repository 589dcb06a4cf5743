"""Compresses responses for clients that accept it.

The dashboard compresses its pages itself, with masked tokens and padding of random length. Responses with secrets,
those of accounts and keys, are never compressed: their length would reveal something about them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Protocol

import brotli

MIN_BYTES = 1024
_LEVEL = 4
_GZIP_WINDOW = 31
_TYPES = (
    *("application/json", "application/x-ndjson", "application/vnd.oai.openapi+json"),
    *("application/javascript", "text/"),
)
_NEVER = ("/dashboard", "/core/", "/api/keys", "/static/")
_EVENTS = "text/event-stream"
Headers = list[tuple[bytes, bytes]]


class Encoder(Protocol):
    """Compresses a stream part by part."""

    def feed(self, part: bytes) -> bytes: ...
    def end(self) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)

    def feed(self, part: bytes) -> bytes:
        return self._stream.compress(part) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._stream.flush()


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Compressor(mode=brotli.MODE_TEXT, quality=_LEVEL)

    def feed(self, part: bytes) -> bytes:
        return self._stream.process(part) + self._stream.flush()

    def end(self) -> bytes:
        return self._stream.finish()


_ENCODERS: dict[str, type[Encoder]] = {"br": _Brotli, "gzip": _Gzip}


@lru_cache(maxsize=256)
def accepted(header: str) -> str:
    """Return the best encoding that an `Accept-Encoding` header names: `br`, `gzip` or empty."""
    weights: dict[str, float] = {}
    for item in header.lower().split(","):
        name, _, parameter = item.strip().partition(";")
        weights[name.strip()] = _weight(parameter)
    best = max(_ENCODERS, key=lambda name: weights.get(name, weights.get("*", 0.0)))
    return best if weights.get(best, weights.get("*", 0.0)) > 0 else ""


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def is_compressible(environ: dict[str, Any], status: int, headers: Headers) -> bool:
    """Return whether the response may be compressed for clients that accept it."""
    if not 200 <= status < 300 or status in (204, 206) or environ["PATH_INFO"].startswith(_NEVER):
        return False
    media = ""
    for name, value in headers:
        if name in (b"content-encoding", b"accept-ranges"):
            return False
        if name == b"content-type":
            media = value.decode("latin-1")
    return media.startswith(_TYPES) and not media.startswith(_EVENTS)


def compressed(environ: dict[str, Any], status: int, headers: Headers, content: bytes) -> tuple[Headers, bytes]:
    """Return the headers and the content to send, compressed where that is allowed, accepted and worthwhile."""
    if not is_compressible(environ, status, headers):
        return headers, content
    encoding = accepted(environ.get("HTTP_ACCEPT_ENCODING", ""))
    if not encoding:
        return _varying(headers), content
    encoder = _ENCODERS[encoding]()
    return _encoded(headers, encoding), encoder.feed(content) + encoder.end()


def compressed_parts(
    environ: dict[str, Any], status: int, headers: Headers, parts: Iterator[bytes]
) -> tuple[Headers, Iterator[bytes]]:
    """Return the headers and the parts of a streamed response, compressed on the same conditions part by part."""
    if not is_compressible(environ, status, headers):
        return headers, parts
    encoding = accepted(environ.get("HTTP_ACCEPT_ENCODING", ""))
    if not encoding:
        return _varying(headers), parts
    return _encoded(headers, encoding), _encode(parts, _ENCODERS[encoding]())


def _encode(parts: Iterator[bytes], encoder: Encoder) -> Iterator[bytes]:
    for part in parts:
        if part:
            yield encoder.feed(part)
    yield encoder.end()


def _varying(headers: Headers) -> Headers:
    """Add `Vary: Accept-Encoding`."""
    vary = b", ".join(value for name, value in headers if name == b"vary")
    others = [(name, value) for name, value in headers if name != b"vary"]
    return [*others, (b"vary", b", ".join(filter(None, (vary, b"Accept-Encoding"))))]


def _encoded(headers: Headers, encoding: str) -> Headers:
    """Return the headers of a compressed response. A strong `ETag` becomes a weak one: the bytes differ."""
    changed = []
    for name, value in _varying(headers):
        if name == b"etag" and not value.startswith(b"W/"):
            value = b"W/" + value
        if name != b"content-length":
            changed.append((name, value))
    return [*changed, (b"content-encoding", encoding.encode())]
