"""Sessions in Valkey: what any process reads of them, and how they end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis.asyncio

import engine
from dialects.communibase.live.sessions import IDLE_SECONDS, Sessions
from web.throttling import redis_py_url


@pytest.fixture
def run(settings: Any, service_url: str) -> Callable[[Callable[..., Awaitable[None]]], None]:
    """Return a function that runs a test with two processes' sessions, a client of Valkey and an owner."""

    def run_test(test: Callable[..., Awaitable[None]]) -> None:
        async def with_clients() -> None:
            processes = [Sessions.at_url(settings.REDIS_URL) for _ in range(2)]
            async with redis.asyncio.Redis.from_url(redis_py_url(settings.REDIS_URL)) as client:
                await test(*processes, client, f"team {secrets.token_hex(4)}")

        asyncio.run(with_clients())

    return run_test


def test_a_session_is_the_same_in_every_process(run: Any) -> None:
    async def test(one: Sessions, other: Sessions, client: Any, owner: str) -> None:
        session = await one.open(owner, position="1-1-")
        await other.update(session, room="d")
        for number in range(30):
            await other.push(session, str(number))
        await one.update(session, position="2-1-")
        joined = await one.find(session.id, owner)
        assert (joined.room, joined.position, joined.pending) == ("d", "2-1-", ())
        assert (await other.take(session)).pending == tuple(map(str, range(10, 30)))
        assert (await one.take(session)).pending == ()

    run(test)


@pytest.mark.parametrize("step", ["close", "expire", "update after the end"])
def test_what_has_ended_is_unknown(run: Any, step: str) -> None:
    async def test(one: Sessions, other: Sessions, client: Any, owner: str) -> None:
        session = await one.open(owner, position="1-1-")
        await one.push(session, "3")
        if step == "expire":
            await client.delete(f"communibase:session:{session.id}")
        else:
            await other.close(session)
        if step.startswith("update"):
            await one.update(session, position="2-1-")
        for reading in (one.find(session.id, owner), one.take(session)):
            with pytest.raises(engine.Invalid, match="connect again"):
                await reading

    run(test)


def test_everything_expires(run: Any) -> None:
    async def test(one: Sessions, other: Sessions, client: Any, owner: str) -> None:
        session = await one.open(owner, position="1-1-")
        await one.push(session, "3")
        await one.update(session, room="d")
        keys = [name async for name in client.scan_iter(f"communibase:session:*{session.id}*")]
        keys += [name async for name in client.scan_iter(f"communibase:session:of:{owner}")]
        assert len(keys) == 3
        assert all([0 < await client.ttl(name) <= IDLE_SECONDS for name in keys])
        await one.close(session)
        assert [name async for name in client.scan_iter(f"communibase:session:*{session.id}*")] == []

    run(test)


def test_an_owner_has_a_limited_number(run: Any, settings: Any) -> None:
    async def test(one: Sessions, other: Sessions, client: Any, owner: str) -> None:
        settings.MAX_SOCKET_SESSIONS = 3
        opened = await asyncio.gather(*(one.open(owner, position="1-1-") for _ in range(3)))
        refused = await asyncio.gather(
            *(other.open(owner, position="1-1-") for _ in range(3)), return_exceptions=True
        )
        assert [type(error) for error in refused] == [engine.LimitExceeded] * 3
        await one.close(opened[0])
        await other.open(owner, position="1-1-")
        # Those that have expired do not count.
        await client.zadd(f"communibase:session:of:{owner}", {session.id: 1 for session in opened})
        await one.open(owner, position="1-1-")

    run(test)
