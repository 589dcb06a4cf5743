"""One port for everything: event streams are answered here, all else by Django's WSGI handler in threads.

A request's body is read before a thread is taken, so slow senders hold none; a large one goes through a file.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from django.conf import settings

from datacube.wsgi import application as wsgi  # sets Django up, which what follows needs

# isort: split
from api.streaming import MEDIA_TYPE, Receive, Send
from dataapi.streams import events
from management.streams import import_progress

STREAMS = {"/api/import_status": import_progress, "/api/events": events}
_THREADS = 8
_IN_MEMORY = 1 << 20
_OVERHEAD = 64 * 1024
_threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="request")


async def application(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application."""
    stream = STREAMS.get(scope["path"].rstrip("/"))
    if stream and scope["method"] == "GET" and MEDIA_TYPE in _header(scope, b"accept"):
        await stream(scope, receive, send)
        return
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        body = await _read(receive, file)
        environ = _environ(scope, body) | {"CONTENT_LENGTH": str(body.seek(0, os.SEEK_END))}
        body.seek(0)
        status, headers, content = await asyncio.get_running_loop().run_in_executor(_threads, _run, environ)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})


def _header(scope: Mapping[str, Any], wanted: bytes) -> str:
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == wanted)


async def _read(receive: Receive, file: Any) -> BinaryIO:
    """The whole body; what is over the largest upload is read no further."""
    message = await receive()
    if not message.get("more_body"):
        return io.BytesIO(message.get("body", b""))
    size = 0
    while True:
        part = message.get("body", b"")
        size += len(part)
        if size > settings.MAX_IMPORT_BYTES + _OVERHEAD:
            break
        file.write(part)
        if not message.get("more_body"):
            break
        message = await receive()
    return file


def _environ(scope: Mapping[str, Any], body: BinaryIO) -> dict[str, Any]:
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_header(environ, name.decode("latin-1"), value.decode("latin-1"))
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if "_" in name:
        # It would be mistaken for the header with '-', which a proxy may have set.
        return
    key = name.upper().replace("-", "_")
    key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value


def _run(environ: dict[str, Any]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        started[:] = [
            int(status[:3]),
            [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        ]

    answer = wsgi(environ, start_response)
    try:
        content = b"".join(answer)
    finally:
        answer.close()
    return started[0], started[1], content
