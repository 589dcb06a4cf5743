"""Requests of a polling client: the handshake, polls that wait for messages, and payloads that it posts.

An engine.io-client sends the query of its url with every request, so each one proves a key itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse

from dialects.communibase import render
from dialects.communibase.live import cors, packets
from dialects.communibase.live.credentials import SocketCredentials, owner_of
from dialects.communibase.live.listeners import Listeners
from dialects.communibase.live.websockets import WebSocketConnection
from dialects.communibase.operations.sockets import POLLING, WEBSOCKET, SocketRequest
from web.errors import MethodNotAllowed
from web.streams.channel import in_access_thread
from web.streams.request import StreamRequest
from web.streams.transport import Receive, Send, read_body, send_response, until_either, wait_for_disconnect
from web.views import error_response

_POSTED = b"ok"
_METHODS = ("GET", "POST", "OPTIONS")


class Sockets:
    """The sockets of this process."""

    def __init__(self) -> None:
        self._listeners = Listeners()

    async def serve(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Respond to one request; to none whose client has disconnected. Serve a WebSocket until it ends."""
        request = StreamRequest.of_scope(scope)
        if scope["type"] == "websocket":
            await WebSocketConnection(self._listeners, request, scope, receive, send).serve()
            return
        body = b"" if scope["method"] == "GET" else await read_body(receive, max_bytes=packets.MAX_PAYLOAD_BYTES)
        if body is None:
            return
        answer = self._answer(request, scope, body)
        response = await until_either(answer, wait_for_disconnect(receive))
        if response is not None:
            await send_response(send, response)

    async def _answer(self, request: StreamRequest, scope: Mapping[str, Any], body: bytes) -> HttpResponse:
        try:
            response = await self._respond(request, scope, body)
        except Exception as error:  # noqa: BLE001 - it is logged and answered
            response = error_response(error, envelope=render.envelope)
        return cors.allow(request, response)

    async def _respond(self, request: StreamRequest, scope: Mapping[str, Any], body: bytes) -> HttpResponse:
        method = scope["method"]
        if method not in _METHODS:
            raise MethodNotAllowed(method, allowed=[*_METHODS])
        if method == "OPTIONS":
            return _response(b"")
        query = SocketRequest.of(request, transport=POLLING)
        credentials = SocketCredentials.of(request)
        owner = await in_access_thread(lambda: owner_of(credentials, request, scope))
        if not query.sid and method == "GET":
            return _packets((await self._listeners.open(owner, upgrades=[WEBSOCKET]))[1], query)
        session = await self._listeners.sessions.find(query.sid, owner)
        if method == "GET":
            return _packets(await self._listeners.next_packets(session, credentials, poll=query.timestamp), query)
        for packet in packets.decode(packets.of_form(body) if query.jsonp else body):
            await self._listeners.receive(packet, session, credentials)
        return _response(_POSTED)


def _packets(items: Iterable[str], query: SocketRequest) -> HttpResponse:
    """Return packets as a payload, or as a script where the query has the number of a callback."""
    content = packets.encode(items)
    if not query.jsonp:
        return _response(content)
    return _response(packets.as_script(content, callback=query.jsonp), media="text/javascript")


def _response(content: bytes, *, media: str = "text/plain") -> HttpResponse:
    headers = {
        "Cache-Control": "no-store",
        "Content-Length": str(len(content)),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=f"{media}; charset=UTF-8", headers=headers)
