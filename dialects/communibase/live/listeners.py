"""Listeners: sessions that join the room of a database and receive its changes, whatever transport carries them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.conf import settings

import engine
from catalog.services.access import forget, known_entry, open_database, open_feed, resolve_database_id
from catalog.services.stores.clusters import MAIN, change_stream
from dialects.communibase.entity_types.declaration import ENTITY_TYPE
from dialects.communibase.live import packets
from dialects.communibase.live.credentials import SocketCredentials
from dialects.communibase.live.sessions import PING_SECONDS, Sessions, SocketSession, confirmed
from dialects.communibase.live.source import MESSAGE, TYPES, DirtySource
from dialects.communibase.live.type_states import TypeState, TypeStates
from engine.events import Token
from web.streams.channel import in_access_thread
from web.streams.long_poll import EventPage, LongPolls

_ROOM_SUFFIX = "_dirty"
# A session is looked at again after this time, which doubles: until it joins, and for an upgrade while it is new.
_MIN_LOOK_SECONDS, _MAX_LOOK_SECONDS = 0.05, 1.0
_UNKNOWN_ROOM = "Join `<administrationId>_dirty`, where the id is that of a database."
_SECOND_ROOM = "This socket listens to another database; open one for each."


class Listeners:
    """The listeners of this process."""

    def __init__(self) -> None:
        self.sessions = Sessions.at_url(settings.REDIS_URL)
        self._polls = LongPolls()
        self._types = TypeStates()

    async def open(self, owner: str, *, upgrades: list[str]) -> tuple[SocketSession, list[str]]:
        """Open a session, and return it with the packets that tell the client."""
        position = await in_access_thread(lambda: change_stream().position())
        session = await self.sessions.open(owner, position=str(position))
        milliseconds = PING_SECONDS * 1000
        handshake = {
            "sid": session.id,
            "upgrades": upgrades,
            "pingInterval": milliseconds,
            "pingTimeout": 2 * milliseconds,
        }
        return session, [packets.opened(handshake), packets.CONNECTED]

    async def next_packets(
        self, session: SocketSession, credentials: SocketCredentials, *, poll: str | None = None
    ) -> list[str]:
        """Return the packets for a client. Errors end its session: it opens another one.

        By a poll a client confirms that it has received all earlier packets. `poll` is its timestamp, or empty if
        it has none; None without a poll. A poll that is repeated, as by a proxy, gets the same messages once more.
        """
        until = time.monotonic() + settings.MAX_WAIT_SECONDS
        try:
            if poll and poll == session.answered:
                session, poll = await self.sessions.rewind(session), ""
            session = await self._joined(session, until=until)
            if not session.room:  # nothing else authenticates the client of a socket that waits
                await in_access_thread(credentials.principal)
            if session.pending or not session.room or session.is_upgrading:
                return [*session.pending] or [packets.NOOP]
            texts, fields = await self._changed_types(session, credentials)
            if not texts:
                texts, fields = await self._changes(session, credentials, until=until)
            fields |= {} if poll is None else {"answered": poll, **confirmed(session.position, session.types)}
            pending = (await self.sessions.take(session, **fields)).pending
            return [*(packets.event(MESSAGE, text) for text in texts), *pending] or [packets.NOOP]
        except (engine.Unavailable, engine.LimitExceeded):
            with suppress(engine.Error):
                await self.sessions.end(session)
            raise
        except (engine.Unauthenticated, engine.Forbidden, engine.NotFound, engine.Conflict):
            with suppress(engine.Error):
                await self.sessions.close(session)
            raise

    async def _changes(
        self, session: SocketSession, credentials: SocketCredentials, *, until: float
    ) -> tuple[list[str], dict[str, str]]:
        """Wait for changes until the deadline. Returns `<EntityType>|<id>` of each, and the session's fields after.

        Both are empty where nothing was read, because the client changes its transport.
        """
        source = DirtySource(credentials, self._types, database_id=session.room)
        since = Token.parse(session.position)
        reading = self._polls.read(source, since=since, timeout=until - time.monotonic())
        page = await (self._unless_upgrading(session, reading) if session.is_new else reading)
        if page is None:
            return [], {}
        fields = {"position": str(page.position)}
        texts = [*dict.fromkeys(event.data.decode() for event in page.events if event.name == MESSAGE)]
        if any(event.name == TYPES for event in page.events):
            changed, types = await self._changed_types(session, credentials)
            texts, fields = texts + changed, fields | types
        return texts, fields

    async def _unless_upgrading(
        self, session: SocketSession, reading: Coroutine[Any, Any, EventPage]
    ) -> EventPage | None:
        """Return what is read, or None as soon as the client wants to go on by another transport."""
        task = asyncio.ensure_future(reading)
        delay = _MIN_LOOK_SECONDS
        try:
            while session.is_new and not task.done():
                await asyncio.wait({task}, timeout=delay)
                delay = min(2 * delay, _MAX_LOOK_SECONDS)
                if not task.done() and await self.sessions.is_upgrading(session):
                    return None
            return await task
        finally:
            task.cancel()

    async def _changed_types(
        self, session: SocketSession, credentials: SocketCredentials
    ) -> tuple[list[str], dict[str, str]]:
        """Return `EntityType|<id>` of each entity type that has changed, and the session's fields after that."""
        state = await in_access_thread(lambda: self._types_since(session, credentials))
        await self.sessions.keep_types(state)
        if state.name == session.types:
            return [], {}
        before = await self.sessions.digests_of(session.types)
        return [f"{ENTITY_TYPE}|{id}" for id in state.changed_since(before)], {"types": state.name}

    def _types_since(self, session: SocketSession, credentials: SocketCredentials) -> TypeState:
        """Return the present state of the entity types; it is read again where this process may be behind."""
        state = self._types_of(session.room, credentials)
        if state.name == session.types:
            return state
        forget(session.room)
        return self._types_of(session.room, credentials)

    def _types_of(self, database_id: str, credentials: SocketCredentials) -> TypeState:
        return self._types.current(open_database(credentials.principal(), database_id))

    async def _joined(self, session: SocketSession, *, until: float) -> SocketSession:
        """Return the session when it has joined, has pending packets or changes its transport, or at the deadline.

        Another process may receive what the client posts.
        """
        delay = _MIN_LOOK_SECONDS
        session = await self.sessions.take(session)
        while not (session.room or session.pending or session.is_upgrading or time.monotonic() >= until):
            await asyncio.sleep(delay)
            delay = min(2 * delay, _MAX_LOOK_SECONDS)
            session = await self.sessions.take(session)
        return session

    async def receive(self, packet: str, session: SocketSession, credentials: SocketCredentials) -> None:
        """Act on a packet of a client: a ping, a room that it joins, or the end of the session.

        Raises `Unauthenticated` where the client may no longer join anything.
        """
        if packet == packets.CLOSE:
            # Polling clients send this also when a request has failed. To leave, they send DISCONNECTED before.
            await self.sessions.end(session)
        elif packet == packets.DISCONNECTED:
            await self.sessions.leave(session)
        elif packet.startswith(packets.PING):
            await self.sessions.push(session, packets.PONG + packet[1:])
        elif (event := packets.event_of(packet)) and event[0] == "join":
            await self._join(session, credentials, rooms=event[1:])

    async def _join(self, session: SocketSession, credentials: SocketCredentials, *, rooms: list[Any]) -> None:
        """Join a room; a refusal is sent as an error of the socket, which stays open.

        Raises `Unauthenticated`: the socket of a revoked key ends.
        """
        try:
            room = await in_access_thread(lambda: _database_of(credentials, rooms))
            if session.room not in ("", room):
                raise engine.Conflict(_SECOND_ROOM)
            state = await in_access_thread(lambda: self._types_of(room, credentials))
            session = await in_access_thread(lambda: _on_cluster_of(room, session))
        except engine.Unauthenticated:
            await self.sessions.close(session)
            raise
        except engine.Error as error:
            await self.sessions.push(session, packets.error(error.message))
            return
        await self.sessions.keep_types(state)
        await self.sessions.join(session, room, types=state.name)


def _on_cluster_of(room: str, session: SocketSession) -> SocketSession:
    """Return a session whose position is one of the database's cluster: when it was opened, or shortly before."""
    cluster = known_entry(room).cluster
    if cluster.cluster == MAIN:
        return session
    age = math.ceil(max(0.0, time.time() - session.opened_at)) + 1
    return replace(session, position=str(Token(cluster.change_stream.position().seconds - age, 0)))


def _database_of(credentials: SocketCredentials, rooms: list[Any]) -> str:
    """Return the id of the database whose room is joined. Raises `Invalid`, and `NotFound` for a foreign one."""
    match rooms:
        case [str(room)] if room.endswith(_ROOM_SUFFIX):
            principal = credentials.principal()
            database_id = resolve_database_id(principal, room.removesuffix(_ROOM_SUFFIX))
            open_feed(principal, database_id)
            return database_id
        case _:
            raise engine.Invalid(_UNKNOWN_ROOM)
