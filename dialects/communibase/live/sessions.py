"""Sessions of polling clients, in Valkey: any process of the web server serves any request of a client.

A session ends when no request has come for `IDLE_SECONDS`; then it takes no memory.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import redis.asyncio
from cachetools import TTLCache
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

import engine
from dialects.communibase.live.type_states import TypeState
from engine.encoding import dumps
from engine.events import Token
from web.throttling import SOCKET_SECONDS, redis_py_url

T = TypeVar("T")
# A client sends a ping after this time, and gives up where nothing arrives for twice as long.
PING_SECONDS = settings.MAX_WAIT_SECONDS + 5
# A client whose connection is broken notices that after at most three of those; then it tries to connect again.
IDLE_SECONDS = 8 * PING_SECONDS
_TYPES = "communibase:types:"
_MAX_PENDING = 20
_MAX_CONNECTIONS = 64
# Many clients poll at once after a burst of changes; they wait for each other's connections.
_POOL_SECONDS, _ANSWER_SECONDS = 10.0, 5.0
# A state of entity types is stored again by a process after this time.
_KEEP_SECONDS = IDLE_SECONDS / 3
_MAX_STATES = 10_000
# A client changes its transport soon after it has connected; what it does not finish in this time is forgotten.
_NEW_SECONDS, UPGRADE_SECONDS = 5.0, 10.0
_UNKNOWN = "This session is unknown or has ended; connect again."
_UNAVAILABLE = "Valkey does not answer, which has the sessions; try again later."


@dataclass(frozen=True)
class SocketSession:
    """A client's session. It receives the changes of the database `room` after `position`, and of its entity types
    since their state of the name `types`.

    `owner` is whose it is: it counts for a limit, and no one else may use it. `pending` packets are sent next.
    `answered` is the poll, by its timestamp, whose answer led to this position.
    """

    id: str
    owner: str
    position: str
    room: str = ""
    types: str = ""
    pending: tuple[str, ...] = ()
    answered: str = ""
    opened_at: float = 0.0
    upgrading_until: float = 0.0

    @property
    def is_new(self) -> bool:
        return time.time() < self.opened_at + _NEW_SECONDS

    @property
    def is_upgrading(self) -> bool:
        """Whether the client is changing its transport, for which the waiting poll has to end."""
        return time.time() < self.upgrading_until


class Sessions:
    """The sessions of all processes. Raises `Unavailable` while Valkey is."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._kept: TTLCache[str, bool] = TTLCache(_MAX_STATES, ttl=_KEEP_SECONDS)

    @classmethod
    def at_url(cls, url: str) -> Sessions:
        """Return the sessions in the Valkey at a URL of Celery's form; connects at the first use."""
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            redis_py_url(url),
            max_connections=_MAX_CONNECTIONS,
            timeout=_POOL_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
            retry=Retry(NoBackoff(), 1),
            decode_responses=True,
        )
        return cls(redis.asyncio.Redis(connection_pool=pool))

    async def open(self, owner: str, *, position: str) -> SocketSession:
        """Open a session. Raises `LimitExceeded` above MAX_SOCKET_SESSIONS of the owner."""
        session = SocketSession(secrets.token_urlsafe(18), owner, position, opened_at=time.time())
        names = _names(session)
        fields: dict[Any, Any] = {
            "owner": owner,
            "position": position,
            "room": "",
            "types": "",
            "confirmed_position": position,
            "opened_at": str(session.opened_at),
        }
        pipeline = self._client.pipeline()
        pipeline.zremrangebyscore(names.all, 0, time.time())
        pipeline.zadd(names.all, {session.id: time.time() + IDLE_SECONDS})
        pipeline.zcard(names.all)
        pipeline.expire(names.all, IDLE_SECONDS)
        pipeline.hset(names.state, mapping=fields)
        pipeline.expire(names.state, IDLE_SECONDS)
        count = (await _sent(pipeline.execute()))[2]
        if count > settings.MAX_SOCKET_SESSIONS:
            await self.close(session)
            text = f"At most {settings.MAX_SOCKET_SESSIONS} sockets are open at a time (MAX_SOCKET_SESSIONS)."
            raise engine.LimitExceeded(text, retry_after=PING_SECONDS)
        return session

    async def find(self, id: str, owner: str) -> SocketSession:
        """Return a session of an owner and extend it. Raises `Invalid` for an unknown id."""
        names = _names(SocketSession(id, owner, ""))
        pipeline = self._client.pipeline()
        pipeline.hgetall(names.state)
        pipeline.zadd(names.all, {id: time.time() + IDLE_SECONDS}, xx=True)
        for name in names:
            pipeline.expire(name, IDLE_SECONDS)
        stored = (await _sent(pipeline.execute()))[0]
        return _session(id, owner, stored)

    async def take(self, session: SocketSession, **fields: str) -> SocketSession:
        """Return a session as it is now, with the pending packets, which are removed. Sets fields first."""
        names = _names(session)
        pipeline = self._client.pipeline()
        for name, value in fields.items():
            pipeline.hset(names.state, name, value)
        pipeline.lrange(names.pending, 0, -1)
        pipeline.delete(names.pending)
        pipeline.expire(names.state, IDLE_SECONDS)
        pipeline.hgetall(names.state)
        *_, pending, _, _, stored = await _sent(pipeline.execute())
        return replace(_session(session.id, session.owner, stored), pending=tuple(pending))

    async def update(self, session: SocketSession, **fields: str) -> None:
        """Set fields of a session."""
        names = _names(session)
        pipeline = self._client.pipeline()
        for name, value in fields.items():
            pipeline.hset(names.state, name, value)
        pipeline.expire(names.state, IDLE_SECONDS)
        await _sent(pipeline.execute())

    async def join(self, session: SocketSession, room: str, *, types: str) -> None:
        """Let a session join a room, at the earliest confirmed position of its owner's sessions there.

        A client whose connection broke has a session that is behind; it opens another one, and receives what has
        changed in between. What a client has received already does no harm.
        """
        all, ended = _names(session).all, _names(session).ended
        pipeline = self._client.pipeline()
        pipeline.zrange(all, 0, -1)
        pipeline.zrangebyscore(ended, time.time(), "+inf")
        open_ids, ended_ids = await _sent(pipeline.execute())
        pipeline = self._client.pipeline()
        for id in (*open_ids, *ended_ids):
            names = ("room", "confirmed_position", "confirmed_types")
            pipeline.hmget(_names(replace(session, id=str(id))).state, *names)
        others = [stored for stored in await _sent(pipeline.execute()) if stored[0] == room and stored[1]]
        positions = [(session.position, types), *((position, state) for _, position, state in others)]
        position, types = min(positions, key=lambda item: Token.parse(item[0]))
        await self.update(session, room=room, position=position, types=types, **confirmed(position, types))

    async def begin_upgrade(self, session: SocketSession) -> None:
        """Mark a session whose client is changing its transport: polls that wait end at once."""
        await self.update(session, upgrading_until=str(time.time() + UPGRADE_SECONDS))

    async def end_upgrade(self, session: SocketSession) -> None:
        """Remove the mark of `begin_upgrade`."""
        await self.update(session, upgrading_until="0")

    async def is_upgrading(self, session: SocketSession) -> bool:
        """Return whether a session is marked now."""
        until = await _sent(self._client.hget(_names(session).state, "upgrading_until"))
        return replace(session, upgrading_until=float(until or 0)).is_upgrading

    async def push(self, session: SocketSession, packet: str) -> None:
        """Add a pending packet; drops the oldest beyond a maximum."""
        names = _names(session)
        pipeline = self._client.pipeline()
        pipeline.rpush(names.pending, packet)
        pipeline.ltrim(names.pending, -_MAX_PENDING, -1)
        pipeline.expire(names.pending, IDLE_SECONDS)
        await _sent(pipeline.execute())

    async def keep_types(self, state: TypeState) -> None:
        """Store a state of entity types for as long as a session may have it."""
        if state.name in self._kept:
            return
        name = f"{_TYPES}{state.name}"
        if not await _sent(self._client.expire(name, IDLE_SECONDS)):
            await _sent(self._client.set(name, dumps(state.digests), ex=IDLE_SECONDS))
        self._kept[state.name] = True

    async def digests_of(self, name: str) -> dict[str, str]:
        """Return the digests of a stored state; empty if it is not known."""
        stored = await _sent(self._client.get(f"{_TYPES}{name}"))
        digests: dict[str, str] = json.loads(stored) if stored else {}
        return digests

    async def rewind(self, session: SocketSession) -> SocketSession:
        """Return a session at the position up to where its client has received everything."""
        fields = await _sent(self._client.hmget(_names(session).state, "confirmed_position", "confirmed_types"))
        position, types = (str(field or "") for field in fields)
        await self.update(session, position=position, types=types)
        return replace(session, position=position, types=types)

    async def leave(self, session: SocketSession) -> None:
        """Let a session leave its room: its client does not want what changes there later."""
        await self.update(session, room="")

    async def end(self, session: SocketSession) -> None:
        """End a session. If it is still in a room, its position stays for the next session of its owner there.

        Of each owner the last MAX_SOCKET_SESSIONS positions stay.
        """
        names = _names(session)
        if not await _sent(self._client.hget(names.state, "room")):
            await self.close(session)
            return
        pipeline = self._client.pipeline()
        pipeline.hset(names.state, "is_ended", "1")
        pipeline.delete(names.pending)
        pipeline.zrem(names.all, session.id)
        pipeline.zremrangebyscore(names.ended, 0, time.time())
        pipeline.zadd(names.ended, {session.id: time.time() + IDLE_SECONDS})
        pipeline.zremrangebyrank(names.ended, 0, -settings.MAX_SOCKET_SESSIONS - 1)
        for name in (names.state, names.ended):
            pipeline.expire(name, IDLE_SECONDS)
        await _sent(pipeline.execute())

    async def close(self, session: SocketSession) -> None:
        """End a session and forget its position."""
        names = _names(session)
        pipeline = self._client.pipeline()
        pipeline.delete(names.state, names.pending)
        pipeline.zrem(names.all, session.id)
        await _sent(pipeline.execute())


def confirmed(position: str, types: str) -> dict[str, str]:
    """Return the fields that say up to where a client has received everything."""
    return {"confirmed_position": position, "confirmed_types": types}


class _Names(NamedTuple):
    """Valkey's keys of a session: its fields, its pending packets, and the ids of its owner's, open and ended."""

    state: str
    pending: str
    all: str
    ended: str


def _names(session: SocketSession) -> _Names:
    prefix = "communibase:session:"
    own, owner = f"{prefix}{session.id}", session.owner
    return _Names(own, f"{own}:pending", f"{prefix}of:{owner}", f"{prefix}ended:{owner}")


def _session(id: str, owner: str, stored: Mapping[str, str]) -> SocketSession:
    if stored.get("owner") != owner or "is_ended" in stored:
        raise engine.Invalid.of_field("sid", _UNKNOWN)
    return SocketSession(
        id,
        owner,
        stored["position"],
        stored["room"],
        stored["types"],
        answered=stored.get("answered", ""),
        opened_at=float(stored.get("opened_at") or 0),
        upgrading_until=float(stored.get("upgrading_until") or 0),
    )


async def _sent(work: Awaitable[T]) -> T:
    try:
        return await work
    except redis.RedisError as error:
        raise engine.Unavailable(_UNAVAILABLE, retry_after=1) from error
