"""One port for everything: streams and WebSockets are answered here, all else by Django's WSGI handler in threads.

A request's body is read before a thread is taken, so slow senders hold none; a large one goes through a file.
"""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from tempfile import SpooledTemporaryFile
from threading import Thread
from typing import Any, BinaryIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest

from datacube.wsgi import application as wsgi_application  # sets Django up, which what follows needs

# isort: split
from accounts.authentication import authenticate
from catalog.services import abort_orphaned_transactions
from dashboard.database.streams import activity, principal_of_cookies
from dashboard.layout.middleware import is_dashboard
from dataapi.streams import events
from datacube.serving import memory
from datacube.serving.admission import Admission, Caller
from datacube.serving.database_hosts import path_of
from datacube.serving.environ import environ_of
from datacube.serving.tenants import TEAM, Tenants
from datacube.serving.thread_pool import Threads
from datacube.serving.wsgi_bridge import IN_MEMORY_BYTES, BodyStream, Response, failure, run
from dialects.restdb.auth.credentials import RequestCredentials
from dialects.restdb.realtime.streams import realtime
from engine import Error
from management.streams import job_progress
from web import sockets
from web.streaming import MEDIA_TYPE, Receive, Routes, Send, Stream, cookies_of, until_either, wait_for_disconnect

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
_OVERHEAD = 64 * 1024
_admission = Admission(
    Threads(settings.REQUEST_THREADS, name="request"),
    max_waiting=settings.MAX_QUEUED_REQUESTS,
    max_wait=settings.MAX_QUEUE_SECONDS,
)
_tenants = Tenants()
_run = partial(run, wsgi_application)
# Whether the service is ready is asked beside the queue, which is longest when it matters.
_readiness = Threads(1, name="readiness")
if multiprocessing.parent_process() is not None:  # in a worker of the web server, which starts another one
    memory.stop_above(settings.MAX_WEB_MEMORY_BYTES)
    Thread(target=abort_orphaned_transactions, daemon=True).start()
_REST = re.compile(r"/db/([^/]+)/")


async def application(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application."""
    scope = _addressed(scope)
    path = scope["path"]
    if scope["type"] == "websocket":
        await sockets.serve(SOCKETS.at(path), scope, receive, send)
        return
    stream = _stream(scope)
    if stream:
        await stream(scope, receive, send)
        return
    if _is_probe(scope):
        # Alive is alive, however many requests wait for a thread.
        alive = Response(200, [(b"content-type", b"application/json")], b'{"status":"ok"}')
        answer = alive if path == "/healthz" else await _readiness.run(_run, environ_of(scope))
        await send_answer(receive, send, answer)
        return
    caller, unknown = _tenants.caller_of(scope)
    found = await _answer(scope, receive, caller=caller, unknown=unknown)
    if found is not None:
        await send_answer(receive, send, found, caller=caller)


def start(scope: Mapping[str, Any], body: bytes, settle: Callable[[Response, Caller], None]) -> bool:
    """Start a request whose body, if any, is there already: `settle` gets its answer.

    False for streams and probes, which `application` answers. It does the same without a task and its messages.
    """
    scope = _addressed(scope)
    if _is_probe(scope) or _stream(scope):
        return False
    caller, unknown = _tenants.caller_of(scope)
    environ = environ_of(scope, io.BytesIO(body), length=len(body))

    def finish(answer: Response | None, error: BaseException | None) -> None:
        if unknown and (team := environ.get(TEAM)):
            _tenants.learn(unknown, team)
        settle(answer or failure(scope, error), caller)

    _admission.submit(_run, environ, finish, caller=caller)
    return True


def _addressed(scope: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the path that is meant where a host names a database."""
    if not settings.DATABASE_HOST:
        return scope
    return {**scope, "path": path_of(_header(scope, b"host"), scope["path"])}


def _stream(scope: Mapping[str, Any]) -> Stream | None:
    if scope["method"] != "GET":
        return None
    stream = STREAMS.at(scope["path"])
    return stream if stream and (stream.always or MEDIA_TYPE in _header(scope, b"accept")) else None


def _is_probe(scope: Mapping[str, Any]) -> bool:
    return scope["path"] in ("/healthz", "/readyz") and scope["method"] in ("GET", "HEAD")


async def _answer(scope: Mapping[str, Any], receive: Receive, *, caller: Caller, unknown: bytes) -> Response | None:
    """The answer to a request; None when its sender went away. Nothing is raised."""
    try:
        if _has_no_body(scope):
            return await _run_in_thread(environ_of(scope), caller=caller, unknown=unknown)
        with SpooledTemporaryFile(IN_MEMORY_BYTES) as file:
            body = await _read(scope, receive, file, caller=caller)
            if body is None:
                return None
            length = body.seek(0, os.SEEK_END)
            body.seek(0)
            environ = environ_of(scope, body, length=length)
            return await _run_in_thread(environ, caller=caller, unknown=unknown)
    except Exception as error:  # noqa: BLE001 - it is logged and answered
        return failure(scope, error)


async def _run_in_thread(environ: dict[str, Any], *, caller: Caller, unknown: bytes) -> Response:
    answer = await _admission.run(_run, environ, caller=caller)
    if unknown and (team := environ.get(TEAM)):
        _tenants.learn(unknown, team)
    return answer


def _has_no_body(scope: Mapping[str, Any]) -> bool:
    """In HTTP/1 a body is announced."""
    if scope["http_version"] not in ("1.0", "1.1"):
        return False
    return not any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


async def send_answer(receive: Receive, send: Send, answer: Response, *, caller: Caller | None = None) -> None:
    """Send an answer as ASGI messages."""
    headers = answer.headers
    if answer.stream is None and answer.status not in (204, 304):
        length = str(len(answer.content)).encode()
        headers = [*(item for item in headers if item[0] != b"content-length"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.stream is not None and caller is not None:
        await until_either(_send_stream(send, answer.stream, caller=caller), wait_for_disconnect(receive))
    else:
        await send({"type": "http.response.body", "body": answer.content, "more_body": False})


async def _send_stream(send: Send, stream: BodyStream, *, caller: Caller) -> None:
    """One part after the other, each made in a thread when the one before has gone; none for who has left."""
    try:
        while (
            part := await _admission.run(BodyStream.next_part, stream, caller=caller, in_answer=True)
        ) is not None:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        # In a thread: one that is making the next part must end before.
        asyncio.ensure_future(_admission.run(BodyStream.close, stream, caller=caller, in_answer=True))


async def _largest_body(scope: Mapping[str, Any], *, caller: Caller) -> int:
    """The most bytes to read of a body beyond the first 64 KiB, which needs valid credentials.

    What is larger is cut off; its view refuses it, or the request because it has no credentials.
    """
    path = scope["path"]
    if path.startswith("/core/") or not await _admission.run(_is_known, scope, caller=caller):
        return settings.MAX_ACCOUNT_BODY_BYTES
    from_browser = is_dashboard(path) and _header(scope, b"content-type").startswith("multipart/")
    is_upload = path.rstrip("/") == UPLOADS or from_browser
    return (settings.MAX_IMPORT_BYTES if is_upload else settings.MAX_BODY_BYTES) + _OVERHEAD


def _is_known(scope: Mapping[str, Any]) -> bool:
    """Whether the request has valid credentials for its surface."""
    rest = _REST.match(scope["path"])
    try:
        if is_dashboard(scope["path"]):
            principal_of_cookies(cookies_of(_header(scope, b"cookie")))
        elif rest:
            request = WSGIRequest(environ_of(scope))
            RequestCredentials.of(request).principal(rest[1])
        else:
            authenticate(_header(scope, b"authorization"))
    except Error:
        return False
    return True


def _header(scope: Mapping[str, Any], wanted: bytes) -> str:
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == wanted)


async def _read(scope: Mapping[str, Any], receive: Receive, file: Any, *, caller: Caller) -> BinaryIO | None:
    """The body, cut off behind the most bytes of its route; None when the sender went away before its end."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        part = message.get("body", b"")
        if len(part) <= settings.MAX_ACCOUNT_BODY_BYTES:
            return io.BytesIO(part)
    size, most = 0, None
    while True:
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if most is None and size > settings.MAX_ACCOUNT_BODY_BYTES:
            most = await _largest_body(scope, caller=caller)
        file.write(part if most is None else part[: max(0, most + 1 - (size - len(part)))])
        if most is not None and size > most:
            break
        if not message.get("more_body"):
            break
        message = await receive()
    return file
