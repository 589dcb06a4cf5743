"""The change events of a database as server-sent events of the dialect."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import engine
from dialects.restdb import render
from dialects.restdb.auth import cors
from dialects.restdb.auth.credentials import RequestCredentials
from dialects.restdb.realtime.broadcaster import Broadcaster, DatabaseChannel, Mailbox
from dialects.restdb.realtime.messages import ping
from engine.events import Token
from web.streaming import Stream, StreamRequest

_PING_SECONDS = 8.0
_BATCH_SIZE = 500
_channels = Broadcaster()


async def _realtime(request: StreamRequest) -> AsyncIterator[bytes]:
    """Yield a `ping` at once and every few seconds, and each event.

    Ends for slow readers and revoked credentials.
    """
    since = _since(request)
    channel = _channels.of(RequestCredentials.of_stream(request), request.path.split("/")[2])
    mailbox = await channel.subscribe()
    try:
        cors.check(request.headers.get("origin", ""), channel.listener.principal)
        async for part in _events(channel, mailbox, since):
            yield part
    finally:
        channel.unsubscribe(mailbox)


async def _events(channel: DatabaseChannel, mailbox: Mailbox, since: Token | None) -> AsyncIterator[bytes]:
    if since:  # raises before the stream begins, so that the client gets a status
        await channel.check(since)
    reached = since or await channel.position()
    yield ping(datetime.now(UTC), reached=reached)
    complete = since is None
    while not complete:
        missed, reached, complete = await channel.read_missed(reached, limit=_BATCH_SIZE)
        if missed:
            yield b"".join(part for _, part in missed)
    due = time.monotonic() + _PING_SECONDS
    while True:
        events = await mailbox.take(timeout=max(0.0, due - time.monotonic()))
        if data := b"".join(part for token, part in events if token > reached):
            yield data
        if mailbox.lost:
            break
        if time.monotonic() >= due:
            yield ping(datetime.now(UTC))
            due = time.monotonic() + _PING_SECONDS
    if mailbox.refusal:
        raise mailbox.refusal


def _since(request: StreamRequest) -> Token | None:
    """Return the token that a client resumes from; None without one, or if this service did not issue it."""
    text = request.last_event_id or request.query.get("lastEventId", "")
    try:
        return Token.parse(text) if text else None
    except (engine.Invalid, engine.Conflict):
        return None


def _headers(request: StreamRequest) -> Mapping[str, str]:
    """Return the CORS headers; the stream has already checked the origin."""
    return cors.headers(request.headers.get("origin", ""), None)


realtime = Stream(_realtime, envelope=render.envelope, always=True, headers=_headers)
