"""The ASGI application: serves streams and WebSockets here, and everything else by Django's handler in threads.

A request's body is read before a thread is taken, so slow clients hold none; a large body goes through a file.
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
from django.db import connections

from datacube.wsgi import application as wsgi_application  # sets up Django, which the imports below need

# isort: split
from accounts.authentication import authenticate
from catalog.tasks import abort_orphaned_transactions
from dashboard.database.streams import activity, principal_of_cookies
from dashboard.layout.middleware import is_dashboard
from dataapi.streams import events
from datacube.maintenance import monitor
from datacube.metrics import sampling
from datacube.serving import memory
from datacube.serving.admission import Admission, Caller
from datacube.serving.database_hosts import path_of
from datacube.serving.environ import environ_of
from datacube.serving.loop_requests import LoopRequests, MovedToThread, run_suspended
from datacube.serving.tenants import TEAM, Tenants
from datacube.serving.thread_pool import Threads
from datacube.serving.wsgi_bridge import IN_MEMORY_BYTES, BodyStream, Response, failure, run
from dialects.airsequel.credentials import principal_of as airsequel_principal_of
from dialects.airsequel.graphql.live.sockets import graph_sockets
from dialects.airsequel.graphql.live.streams import subscriptions
from dialects.airsequel.render import is_airsequel, is_database_upload
from dialects.communibase import credentials
from dialects.communibase.live.sockets import Sockets
from dialects.restdb.auth.credentials import RequestCredentials
from dialects.restdb.realtime.streams import realtime
from engine import Error
from management.streams import job_progress
from web.caller import caller_of, note_caller
from web.streams import sse, websocket
from web.streams.request import cookies_of
from web.streams.stream import Routes, Stream
from web.streams.transport import Receive, Send, until_either, wait_for_disconnect

UPLOADS = "/api/import_data"
STREAMS = Routes(
    {
        "/api/import_status": job_progress,
        "/api/job_status": job_progress,
        "/api/events": events,
        "/db/{database}/realtime": realtime,
        "/dashboard/stream": activity,
        "/dbs/{db_id}/graphql/v2": subscriptions,
    }
)
SOCKETS = Routes({"/db/{database}/realtime": realtime})
_SOCKET_IO = "/socket.io"
_sockets = Sockets()
_MAX_FORM_OVERHEAD = 64 * 1024
# Streams that are being closed: the event loop holds tasks by weak references.
_closing: set[asyncio.Future[Any]] = set()
_admission = Admission(
    Threads(settings.REQUEST_THREADS, name="request", at_exit=connections.close_all),
    max_waiting=settings.MAX_QUEUED_REQUESTS,
    max_wait=settings.MAX_QUEUE_SECONDS,
)
_loop_admission = Admission(
    LoopRequests(settings.EVENT_LOOP_REQUESTS),
    max_waiting=settings.MAX_QUEUED_REQUESTS,
    max_wait=settings.MAX_QUEUE_SECONDS,
)
_tenants = Tenants()
_run = partial(run, wsgi_application)
# Readiness checks and metrics bypass the queue, which is longest when they matter.
_readiness = Threads(1, name="readiness")
if multiprocessing.parent_process() is not None:  # in a worker of the web server, which replaces it
    memory.stop_above(settings.MAX_WEB_MEMORY_BYTES)
    monitor.start()
    sampling.start({"threads": _admission, "event_loop": _loop_admission})
    Thread(target=abort_orphaned_transactions, daemon=True).start()
_REST = re.compile(r"/db/([^/]+)/")


async def application(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Serve one request, stream or WebSocket."""
    scope = _with_database_path(scope)
    note_caller(*caller_of(scope))
    path = scope["path"]
    if _is_socket_io(scope):
        await _sockets.serve(scope, receive, send)
        return
    if scope["type"] == "websocket" and STREAMS.at(path) is subscriptions:
        await graph_sockets.serve(scope, receive, send)
        return
    if scope["type"] == "websocket":
        await websocket.serve(SOCKETS.at(path), scope, receive, send)
        return
    stream = _stream(scope)
    if stream:
        await sse.serve(stream, scope, receive, send)
        return
    if _is_probe(scope):
        # /healthz responds however many requests wait for a thread.
        alive = Response(200, [(b"content-type", b"application/json")], b'{"status":"ok"}')
        result = alive if path == "/healthz" else await _readiness.run(_run, environ_of(scope))
        await send_response(receive, send, result)
        return
    caller, unknown_credential = _tenants.caller_of(scope)
    response = await _respond(scope, receive, caller=caller, unknown_credential=unknown_credential)
    if response is not None:
        await send_response(receive, send, response, caller=caller)


def start(scope: Mapping[str, Any], body: bytes, settle: Callable[[Response, Caller], None]) -> bool:
    """Start a request whose body is complete, without a task of its own; `settle` receives the response.

    Return False for streams, Socket.IO and probes, which `application` serves.
    """
    scope = _with_database_path(scope)
    if _is_probe(scope) or _stream(scope) or _is_socket_io(scope):
        return False
    caller, unknown_credential = _tenants.caller_of(scope)
    environ = environ_of(scope, io.BytesIO(body), length=len(body))

    def finish(response: Response | None, error: BaseException | None) -> None:
        if isinstance(error, MovedToThread):
            _admission.submit(_run, environ, finish, caller=caller)
            return
        if unknown_credential and (team := environ.get(TEAM)):
            _tenants.learn(unknown_credential, team)
        settle(response or failure(scope, error), caller)

    if wsgi_application.runs_in_event_loop(scope["path"]):
        only_reads = scope["method"] in ("GET", "HEAD")
        run = partial(run_suspended, _run, threads=_admission, caller=caller, only_reads=only_reads)
        _loop_admission.submit(run, environ, finish, caller=caller)
    else:
        _admission.submit(_run, environ, finish, caller=caller)
    return True


def _with_database_path(scope: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the scope with the path of the database that the host names."""
    if not settings.DATABASE_HOST:
        return scope
    return {**scope, "path": path_of(_header(scope, b"host"), scope["path"])}


def _stream(scope: Mapping[str, Any]) -> Stream | None:
    if scope["method"] not in ("GET", "POST"):
        return None
    stream = STREAMS.at(scope["path"])
    if stream and scope["method"] == "POST" and not stream.takes_body:
        return None
    return stream if stream and (stream.always or sse.MEDIA_TYPE in _header(scope, b"accept")) else None


def _is_socket_io(scope: Mapping[str, Any]) -> bool:
    return scope["path"].rstrip("/") == _SOCKET_IO


def _is_probe(scope: Mapping[str, Any]) -> bool:
    return scope["path"] in ("/healthz", "/readyz", "/metrics") and scope["method"] in ("GET", "HEAD")


async def _respond(
    scope: Mapping[str, Any], receive: Receive, *, caller: Caller, unknown_credential: bytes
) -> Response | None:
    """Return the response to a request; None when the client has disconnected. Raises nothing."""
    try:
        if _has_no_body(scope):
            return await _run_in_thread(environ_of(scope), caller=caller, unknown_credential=unknown_credential)
        with SpooledTemporaryFile(IN_MEMORY_BYTES) as file:
            body = await _read(scope, receive, file, caller=caller)
            if body is None:
                return None
            length = body.seek(0, os.SEEK_END)
            body.seek(0)
            environ = environ_of(scope, body, length=length)
            return await _run_in_thread(environ, caller=caller, unknown_credential=unknown_credential)
    except Exception as error:  # noqa: BLE001 - it is logged and answered
        return failure(scope, error)


async def _run_in_thread(environ: dict[str, Any], *, caller: Caller, unknown_credential: bytes) -> Response:
    response = await _admission.run(_run, environ, caller=caller)
    if unknown_credential and (team := environ.get(TEAM)):
        _tenants.learn(unknown_credential, team)
    return response


def _has_no_body(scope: Mapping[str, Any]) -> bool:
    """Return whether the request has no body: in HTTP/1 a body is announced by a header."""
    if scope["http_version"] not in ("1.0", "1.1"):
        return False
    return not any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


async def send_response(receive: Receive, send: Send, response: Response, *, caller: Caller | None = None) -> None:
    """Send a response as ASGI messages."""
    headers = response.headers
    if response.stream is None and response.status not in (204, 304):
        length = str(len(response.content)).encode()
        headers = [*(item for item in headers if item[0] != b"content-length"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.stream is not None and caller is not None:
        await until_either(_send_stream(send, response.stream, caller=caller), wait_for_disconnect(receive))
    else:
        await send({"type": "http.response.body", "body": response.content, "more_body": False})


async def _send_stream(send: Send, stream: BodyStream, *, caller: Caller) -> None:
    """Send one part after the other, each made in a thread after the one before was sent."""
    try:
        while (
            part := await _admission.run(BodyStream.next_part, stream, caller=caller, in_response=True)
        ) is not None:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        # In a thread, because it waits for a part that is still being made.
        closing = asyncio.ensure_future(_admission.run(BodyStream.close, stream, caller=caller, in_response=True))
        _closing.add(closing)
        closing.add_done_callback(_closing.discard)


async def _largest_body(scope: Mapping[str, Any], *, caller: Caller) -> int:
    """Return the maximum bytes to read of a body; more than 64 KiB require valid credentials.

    A larger body is truncated; its view refuses it, or the request has no valid credentials.
    """
    path = scope["path"]
    if path.startswith("/core/") or not await _admission.run(_is_known, scope, caller=caller):
        return settings.MAX_ACCOUNT_BODY_BYTES
    from_browser = is_dashboard(path) and _header(scope, b"content-type").startswith("multipart/")
    if is_database_upload(scope["method"], path):
        return settings.MAX_SQLITE_BYTES + _MAX_FORM_OVERHEAD
    is_upload = path.rstrip("/") == UPLOADS or from_browser
    return (settings.MAX_IMPORT_BYTES if is_upload else settings.MAX_BODY_BYTES) + _MAX_FORM_OVERHEAD


def _is_known(scope: Mapping[str, Any]) -> bool:
    """Return whether the request has valid credentials for its surface."""
    rest = _REST.match(scope["path"])
    note_caller(*caller_of(scope))
    try:
        if is_dashboard(scope["path"]):
            principal_of_cookies(cookies_of(_header(scope, b"cookie")))
        elif rest:
            request = WSGIRequest(environ_of(scope))
            RequestCredentials.of(request).principal(rest[1])
        elif scope["path"].startswith(("/0.1/", "/communibase/")):
            request = WSGIRequest(environ_of(scope))
            credentials.principal_of(request.META, request.GET.dict())
        elif is_airsequel(scope["path"]):
            return airsequel_principal_of(WSGIRequest(environ_of(scope)).META) is not None
        else:
            authenticate(_header(scope, b"authorization"))
    except Error:
        return False
    return True


def _header(scope: Mapping[str, Any], name: bytes) -> str:
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


async def _read(scope: Mapping[str, Any], receive: Receive, file: Any, *, caller: Caller) -> BinaryIO | None:
    """Return the body, truncated after the maximum of its route; None when the client disconnects early."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        part = message.get("body", b"")
        if len(part) <= settings.MAX_ACCOUNT_BODY_BYTES:
            return io.BytesIO(part)
    size, max_bytes = 0, None
    while True:
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if max_bytes is None and size > settings.MAX_ACCOUNT_BODY_BYTES:
            max_bytes = await _largest_body(scope, caller=caller)
        file.write(part if max_bytes is None else part[: max(0, max_bytes + 1 - (size - len(part)))])
        if (max_bytes is not None and size > max_bytes) or not message.get("more_body"):
            break
        message = await receive()
    return file
