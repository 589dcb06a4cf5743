"""A WebSocket of Engine.IO 3, whose frames are packets. It begins a session, or continues that of a polling client.

A polling client that changes its transport sends a probe, lets its waiting poll end, and then sends UPGRADE here.
What happens in between is not lost, because the position of a session is in Valkey.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from dialects.communibase import render
from dialects.communibase.live import packets
from dialects.communibase.live.credentials import SocketCredentials, owner_of
from dialects.communibase.live.listeners import Listeners
from dialects.communibase.live.sessions import UPGRADE_SECONDS, SocketSession, confirmed
from dialects.communibase.operations.sockets import WEBSOCKET, SocketRequest
from web.errors import status_of
from web.streams.channel import in_access_thread
from web.streams.request import StreamRequest
from web.streams.transport import Receive, Send, send_in_time
from web.views import error_of

# Close codes: an error closes with 4000 plus its HTTP status, as other WebSockets of this service do.
_STATUS_BASE = 4000
_NORMAL, _TOO_LARGE = 1000, 1009
_MAX_REASON_BYTES = 120


class WebSocketConnection:
    """One WebSocket, from its handshake to its end."""

    def __init__(
        self, listeners: Listeners, request: StreamRequest, scope: Mapping[str, Any], receive: Receive, send: Send
    ) -> None:
        self._listeners = listeners
        self._request = request
        self._scope = scope
        self._receive = receive
        self._send = send
        self._credentials = SocketCredentials.of(request)
        self._owner = ""

    async def serve(self) -> None:
        """Accept the handshake and serve the socket until one side closes it."""
        if (await self._receive())["type"] != "websocket.connect":
            return
        await self._send({"type": "websocket.accept"})
        try:
            code, reason = await self._serve(), ""
        except OSError:  # the client has disconnected, or is too slow
            return
        except Exception as error:  # noqa: BLE001 - it is logged and sent
            failure = error_of(error)
            code, reason = _STATUS_BASE + status_of(failure), render.envelope(failure)["message"]
        if code is not None:
            text = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
            await send_in_time(self._send, {"type": "websocket.close", "code": code, "reason": text})

    async def _serve(self) -> int | None:
        """Serve the session and return the code to close with, or None if the client has disconnected."""
        query = SocketRequest.of(self._request, transport=WEBSOCKET)
        self._owner = await in_access_thread(lambda: owner_of(self._credentials, self._request, self._scope))
        if query.sid:
            session = await self._listeners.sessions.find(query.sid, self._owner)
            if not await self._upgraded(session):
                return None
        else:
            session, first = await self._listeners.open(self._owner, upgrades=[])
            await self._send_all(first)
        return await self._exchange(session)

    async def _upgraded(self, session: SocketSession) -> bool:
        """Answer the probe of a polling client until it sends UPGRADE; False if it disconnects.

        Raises `TimeoutError` if it does neither.
        """
        sessions = self._listeners.sessions
        try:
            async with asyncio.timeout(UPGRADE_SECONDS):
                async for packet in self._packets():
                    if packet.startswith(packets.PING):
                        await sessions.begin_upgrade(session)
                        await self._send_all([packets.PONG + packet[1:]])
                    elif packet == packets.UPGRADE:
                        return True
            return False
        finally:
            await sessions.end_upgrade(session)

    async def _exchange(self, session: SocketSession) -> int | None:
        """Send messages and receive packets until either ends; return what `_serve` returns."""
        sending = asyncio.ensure_future(self._send_messages(session))
        receiving = asyncio.ensure_future(self._receive_packets(session))
        try:
            await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
            return await (receiving if receiving.done() else sending)
        finally:
            for task in (sending, receiving):
                task.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)

    async def _send_messages(self, session: SocketSession) -> int | None:
        while True:
            items = await self._listeners.next_packets(session, self._credentials)
            await self._send_all(items)

    async def _receive_packets(self, session: SocketSession) -> int | None:
        sessions = self._listeners.sessions
        reached: SocketSession | None = None
        async for packet in self._packets():
            if packet.startswith(packets.PING):
                await self._send_all([packets.PONG + packet[1:]])
                reached = await self._confirmed(session, reached)
                continue
            if packet == packets.CLOSE or len(packet) > packets.MAX_PAYLOAD_BYTES:
                await sessions.close(session)
                return _NORMAL if packet == packets.CLOSE else _TOO_LARGE
            current = await sessions.find(session.id, self._owner)
            await self._listeners.receive(packet, current, self._credentials)
        return None

    async def _confirmed(self, session: SocketSession, reached: SocketSession | None) -> SocketSession:
        """Record that the client has received what was sent before its last ping; return the session as it is now.

        The connection worked since then: this ping came over it.
        """
        sessions = self._listeners.sessions
        if reached is not None:
            await sessions.update(session, **confirmed(reached.position, reached.types))
        return await sessions.find(session.id, self._owner)

    async def _packets(self) -> AsyncIterator[str]:
        """Yield the packets of the client until it disconnects; binary ones are ignored."""
        while (message := await self._receive())["type"] == "websocket.receive":
            if text := message.get("text"):
                yield text

    async def _send_all(self, items: list[str]) -> None:
        for packet in items:
            if packet != packets.NOOP:
                await send_in_time(self._send, {"type": "websocket.send", "text": packet})
