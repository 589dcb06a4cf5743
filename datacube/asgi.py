"""One port for everything: streams and WebSockets are answered here, all else by Django's WSGI handler in threads.

A request's body is read before a thread is taken, so slow senders hold none; a large one goes through a file.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any, BinaryIO

from django.conf import settings
from django.http import FileResponse

from datacube.wsgi import application as front  # sets Django up, which what follows needs

# isort: split
from accounts.authentication import authenticate
from api import sockets
from api.addresses import RAW_PATH
from api.streaming import MEDIA_TYPE, Receive, Routes, Send, cookies_of, gone, until_either
from dashboard.middleware import is_dashboard
from dashboard.streams import activity, who_has
from dataapi.streams import events
from datacube.hosts import path_of
from datacube.threads import Threads
from engine import Error
from management.streams import job_progress
from restapi.streams import realtime

UPLOADS = "/api/import_data"
STREAMS = Routes(
    {
        "/api/import_status": job_progress,
        "/api/job_status": job_progress,
        "/api/events": events,
        "/db/{database}/realtime": realtime,
        "/dashboard/stream": activity,
    }
)
SOCKETS = Routes({"/db/{database}/realtime": realtime})
_THREADS = 8
_IN_MEMORY = 1 << 20
_OVERHEAD = 64 * 1024
_threads = Threads(_THREADS, name="request")


class Parts:
    """An answer that is made while it is sent, so that it may be longer than memory."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self._pieces: Iterator[bytes] = iter(answer)
        self._lock = Lock()

    def following(self) -> bytes | None:
        """The next part, or None behind the last one."""
        with self._lock:
            return next(self._pieces, None)

    def close(self) -> None:
        with self._lock:
            self._answer.close()


@dataclass(frozen=True)
class Answer:
    """What a request is answered with: its content, or its parts."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes = b""
    parts: Parts | None = None


async def application(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application."""
    scope = {**scope, "path": path_of(_header(scope, b"host"), scope["path"])}
    if scope["type"] == "websocket":
        await sockets.serve(SOCKETS.at(scope["path"]), scope, receive, send)
        return
    stream = STREAMS.at(scope["path"])
    if stream and scope["method"] == "GET" and (stream.always or MEDIA_TYPE in _header(scope, b"accept")):
        await stream(scope, receive, send)
        return
    if scope["path"] == "/healthz" and scope["method"] in ("GET", "HEAD"):
        # Alive is alive, however many requests wait for a thread.
        await _send(receive, send, Answer(200, [(b"content-type", b"application/json")], b'{"status":"ok"}'))
        return
    if _has_no_body(scope):
        await _send(receive, send, await _threads.run(_run, _environ(scope, io.BytesIO(), length=0)))
        return
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        body = await _read(receive, file, most=await _largest_body(scope))
        if body is None:
            return
        length = body.seek(0, os.SEEK_END)
        body.seek(0)
        answer = await _threads.run(_run, _environ(scope, body, length=length))
    await _send(receive, send, answer)


def _has_no_body(scope: Mapping[str, Any]) -> bool:
    """In HTTP/1 a body is announced."""
    if scope["http_version"] not in ("1.0", "1.1"):
        return False
    return not any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


async def _send(receive: Receive, send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if answer.parts is not None:
        await until_either(_send_parts(send, answer.parts), gone(receive))
    else:
        await send({"type": "http.response.body", "body": answer.content, "more_body": False})


async def _send_parts(send: Send, parts: Parts) -> None:
    """One part after the other, each made in a thread when the one before has gone; none for who has left."""
    try:
        while (part := await _threads.run(Parts.following, parts)) is not None:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        # In a thread: one that is making the next part must end before.
        asyncio.ensure_future(_threads.run(Parts.close, parts))


async def _largest_body(scope: Mapping[str, Any]) -> int:
    """In bytes. Files are for those who are known; what is larger is not read, and refused by its view."""
    by_browser = is_dashboard(scope["path"]) and _header(scope, b"content-type").startswith("multipart/")
    if scope["path"].rstrip("/") != UPLOADS and not by_browser:
        return settings.MAX_BODY_BYTES + _OVERHEAD
    if by_browser:
        known = await _threads.run(_is_known_browser, _header(scope, b"cookie"))
    else:
        known = await _threads.run(_is_known, _header(scope, b"authorization"))
    return (settings.MAX_IMPORT_BYTES if known else 0) + _OVERHEAD


def _is_known(header: str) -> bool:
    try:
        authenticate(header)
    except Error:
        return False
    return True


def _is_known_browser(header: str) -> bool:
    try:
        who_has(cookies_of(header))
    except Error:
        return False
    return True


def _header(scope: Mapping[str, Any], wanted: bytes) -> str:
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == wanted)


async def _read(receive: Receive, file: Any, *, most: int) -> BinaryIO | None:
    """The body, cut off behind `most` bytes; None when the sender went away before its end."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return io.BytesIO(message.get("body", b""))
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        file.write(part)
        if size > most:
            break
        if not message.get("more_body"):
            break
        message = await receive()
    return file


def _environ(scope: Mapping[str, Any], body: BinaryIO, *, length: int) -> dict[str, Any]:
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        RAW_PATH: scope["raw_path"].decode("latin-1"),
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
    environ["CONTENT_LENGTH"] = str(length)
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if "_" in name:
        # It would be mistaken for the header with '-', which a proxy may have set.
        return
    key = name.upper().replace("-", "_")
    key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value


def _run(environ: dict[str, Any]) -> Answer:
    response = front.answer(environ)
    if response is not None:
        headers = [(name.lower().encode(), text.encode("latin-1")) for name, text in front.headers(response)]
        return Answer(response.status_code, headers, response.content)
    return _by_django(environ)


def _by_django(environ: dict[str, Any]) -> Answer:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        started[:] = [
            int(status[:3]),
            [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        ]

    answer = front.django(environ, start_response)
    if getattr(answer, "streaming", False) and not isinstance(answer, FileResponse):
        return Answer(started[0], started[1], parts=Parts(answer))
    try:
        content = b"".join(answer)
    finally:
        answer.close()
    return Answer(started[0], started[1], content)
