"""Calls the WSGI application for an ASGI request and returns its response as ASGI headers and body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.http import FileResponse

from datacube.serving import memory
from datacube.serving.compression import MIN_BYTES, Headers, compressed, compressed_parts
from datacube.serving.environ import environ_of
from datacube.serving.fast_path import FastPath
from datacube.serving.refusals import refuse

# Longer bodies are stored in a file, and their memory is returned to the system.
IN_MEMORY_BYTES = 1 << 20


class BodyStream:
    """A response body that is produced while it is sent, so that it may be longer than memory."""

    def __init__(self, response: Any, parts: Iterator[bytes]) -> None:
        self._response = response
        self._parts = parts
        self._lock = Lock()

    def next_part(self) -> bytes | None:
        """Return the next part, or None after the last one."""
        with self._lock:
            return next(self._parts, None)

    def close(self) -> None:
        with self._lock:
            self._response.close()


@dataclass(frozen=True)
class Response:
    """A status, headers, and a body that is whole or a stream."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes = b""
    stream: BodyStream | None = None


def run(application: FastPath, environ: dict[str, Any]) -> Response:
    """Return the response to a request, by the fast path or by Django."""
    try:
        return _respond(application, environ)
    finally:
        if int(environ["CONTENT_LENGTH"]) > IN_MEMORY_BYTES:
            memory.trim()


def failure(scope: Mapping[str, Any], error: BaseException | None) -> Response:
    """Return the response to a request that failed outside of every view, and write its access-log line."""
    known = error if isinstance(error, Exception) else RuntimeError("the request was not answered")
    response = refuse(environ_of(scope), known)
    headers = [(name.lower().encode(), text.encode("latin-1")) for name, text in response.headers.items()]
    return Response(response.status_code, headers, response.content)


def _respond(application: FastPath, environ: dict[str, Any]) -> Response:
    response = application.respond(environ)
    if response is None:
        return _by_django(application, environ)
    headers = application.encoded_headers(response)
    if response.streaming:
        return _streamed(environ, response.status_code, headers, response)
    return _whole(environ, response.status_code, headers, response.content)


def _streamed(environ: dict[str, Any], status: int, headers: Headers, response: Any) -> Response:
    headers, pieces = compressed_parts(environ, status, headers, iter(response))
    return Response(status, headers, stream=BodyStream(response, pieces))


def _whole(environ: dict[str, Any], status: int, headers: Headers, content: bytes) -> Response:
    if len(content) >= MIN_BYTES:
        headers, content = compressed(environ, status, headers, content)
    return Response(status, headers, content)


def _by_django(application: FastPath, environ: dict[str, Any]) -> Response:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        started[:] = [
            int(status[:3]),
            [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        ]

    response: Any = application.django(environ, start_response)
    status, headers = started
    if getattr(response, "streaming", False) and not isinstance(response, FileResponse):
        return _streamed(environ, status, headers, response)
    try:
        content = b"".join(response)
    finally:
        response.close()
    return _whole(environ, status, headers, content)
