"""Subscriptions over a WebSocket (graphql-transport-ws)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

import engine
from dialects.airsequel import render
from dialects.airsequel.graphql.live.messages import (
    BAD_MESSAGE,
    DUPLICATE,
    NO_INIT,
    NO_PROTOCOL,
    PROTOCOL,
    SECOND_INIT,
    UNAUTHORIZED,
    SocketClosed,
    SocketMessage,
    encode,
)
from dialects.airsequel.graphql.live.streams import subscriptions
from dialects.airsequel.graphql.live.target import GraphTarget
from engine.encoding import dumps
from web.errors import status_of
from web.requests.addresses import check_path, check_query
from web.streams.channel import in_access_thread
from web.streams.event import Batch, Interrupted
from web.streams.request import StreamRequest
from web.streams.stream import StreamRefused
from web.streams.transport import Receive, Send, send_in_time
from web.views import error_of

_INIT_SECONDS = 10.0
_STATUS_BASE = 4000
_MAX_REASON_LENGTH = 120
_TOO_SLOW = "This subscription was read too slowly; subscribe again."


class GraphSockets:
    """The sockets of this process, at most MAX_STREAMS."""

    def __init__(self) -> None:
        self._open = 0

    async def serve(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one socket until it is closed."""
        if (await receive())["type"] != "websocket.connect":
            return
        if PROTOCOL not in scope.get("subprotocols", ()):
            await send({"type": "websocket.accept"})
            await _close(send, SocketClosed(NO_PROTOCOL, f"The subprotocol is {PROTOCOL}."))
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        self._open += 1
        socket = GraphSocket(StreamRequest.of_scope(scope), receive, send)
        try:
            if self._open > settings.MAX_STREAMS:
                text = f"This process serves at most {settings.MAX_STREAMS} sockets (MAX_STREAMS)."
                raise SocketClosed(_STATUS_BASE + status_of(engine.LimitExceeded(text)), text)
            await socket.run()
        except SocketClosed as closed:
            await _close(send, closed)
        finally:
            self._open -= 1
            await socket.end()


class GraphSocket:
    """One socket, and its subscriptions by their ids."""

    def __init__(self, request: StreamRequest, receive: Receive, send: Send) -> None:
        self._request = request
        self._receive = receive
        self._raw_send = send
        self._sending = asyncio.Lock()
        self._subscriptions: dict[str, asyncio.Task[None]] = {}
        self._target: GraphTarget | None = None

    async def run(self) -> None:
        """Handle messages until the client disconnects. Raises `SocketClosed`."""
        try:
            async with asyncio.timeout(_INIT_SECONDS):
                message = await self._next()
        except TimeoutError as error:
            raise SocketClosed(NO_INIT, "Connection initialisation timeout") from error
        while message is not None:
            await self._handle(message)
            message = await self._next()

    async def end(self) -> None:
        """Cancel every subscription and wait for its end."""
        tasks = [*self._subscriptions.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _next(self) -> SocketMessage | None:
        frame = await self._receive()
        if frame["type"] != "websocket.receive":
            return None
        text = frame.get("text")
        if text is None:
            raise SocketClosed(BAD_MESSAGE, "Messages are text.")
        return SocketMessage.parse(text)

    async def _handle(self, message: SocketMessage) -> None:
        match message.type:
            case "connection_init":
                await self._init(message)
            case "ping":
                await self._send(encode("pong"))
            case "pong":
                pass
            case "subscribe":
                self._subscribe(message)
            case "complete":
                if task := self._subscriptions.pop(message.id, None):
                    task.cancel()
            case _:
                raise SocketClosed(BAD_MESSAGE, "Unknown type of message.")

    async def _init(self, message: SocketMessage) -> None:
        """Check the credentials: those of the payload, or of the handshake."""
        if self._target is not None:
            raise SocketClosed(SECOND_INIT, "Too many initialisation requests")
        payload = {name.lower(): value for name, value in message.payload.items()}
        authorization = payload.get("authorization", self._request.authorization or "")
        if not isinstance(authorization, str):
            raise SocketClosed(BAD_MESSAGE, "payload.Authorization must be text.")
        target = GraphTarget(authorization, self._request.path.split("/")[2])
        try:
            check_path(self._request.raw_path)
            check_query(self._request.query_string)
            await in_access_thread(target.open)
        except Exception as error:
            failure = error_of(error)
            raise SocketClosed(_STATUS_BASE + status_of(failure), failure.message) from error
        self._target = target
        await self._send(encode("connection_ack"))

    def _subscribe(self, message: SocketMessage) -> None:
        if self._target is None:
            raise SocketClosed(UNAUTHORIZED, "Unauthorized")
        if not message.id:
            raise SocketClosed(BAD_MESSAGE, "subscribe needs an id.")
        if message.id in self._subscriptions:
            raise SocketClosed(DUPLICATE, f"Subscriber for {message.id} already exists")
        if len(self._subscriptions) >= settings.GRAPHQL_MAX_SUBSCRIPTIONS:
            text = f"A socket has at most {settings.GRAPHQL_MAX_SUBSCRIPTIONS} subscriptions at once"
            raise SocketClosed(
                _STATUS_BASE + status_of(engine.LimitExceeded(text)), f"{text} (GRAPHQL_MAX_SUBSCRIPTIONS)."
            )
        task = asyncio.ensure_future(self._execute(message, self._target))
        self._subscriptions[message.id] = task

    async def _execute(self, message: SocketMessage, target: GraphTarget) -> None:
        """Send the answers of one subscription, or an error that ends it."""
        try:
            await self._answers(message, target)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - it is logged and sent
            original = error.error if isinstance(error, StreamRefused) else error
            failure = engine.Unavailable(_TOO_SLOW) if isinstance(original, Interrupted) else error_of(original)
            errors = dumps(render.envelope(failure)["errors"])
            await self._send(encode("error", id=message.id, payload=errors))
        finally:
            if self._subscriptions.get(message.id) is asyncio.current_task():
                del self._subscriptions[message.id]

    async def _answers(self, message: SocketMessage, target: GraphTarget) -> None:
        body = dumps(dict(message.payload))
        request = replace(self._request, authorization=target.authorization, body=body)
        async with subscriptions.subscribed(request) as (first, batches):
            await self._send_answers(message.id, first)
            async for batch in batches:
                await self._send_answers(message.id, batch)

    async def _send_answers(self, id: str, batch: Batch) -> None:
        for event in batch:
            await self._send(encode(event.name, id=id, payload=event.data))

    async def _send(self, text: str) -> None:
        async with self._sending:
            await send_in_time(self._raw_send, {"type": "websocket.send", "text": text})


async def _close(send: Send, closed: SocketClosed) -> None:
    reason = closed.reason.encode()[:_MAX_REASON_LENGTH].decode(errors="ignore")
    await send_in_time(send, {"type": "websocket.close", "code": closed.code, "reason": reason})


graph_sockets = GraphSockets()
