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
        # Valkey may return a key twice while others are added.
        keys = {name async for name in client.scan_iter(f"communibase:session:*{session.id}*")}
        keys |= {name async for name in client.scan_iter(f"communibase:session:of:{owner}")}
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


def test_a_session_that_ended_in_a_room_leaves_its_position(run: Any) -> None:
    async def test(one: Sessions, other: Sessions, client: Any, owner: str) -> None:
        old = await one.open(owner, position="1-1-")
        await one.join(old, "d", types="t1")
        await one.update(old, position="5-1-", types="t5")
        await other.end(old)
        for position, room in (("7-1-", "other"), ("8-1-", "d"), ("9-1-", "d")):
            session = await one.open(owner, position=position)
            await one.join(session, room, types="t9")
            joined = await other.find(session.id, owner)
            assert (joined.position, joined.types) == (("7-1-", "t9") if room == "other" else ("1-1-", "t1"))
        with pytest.raises(engine.Invalid, match="connect again"):
            await other.find(old.id, owner)
        assert 0 < await client.ttl(f"communibase:session:ended:{owner}") <= IDLE_SECONDS

    run(test)


@pytest.mark.parametrize("step", ["leave", "never join", "expire"])
def test_other_ends_leave_no_position(run: Any, step: str) -> None:
    async def test(one: Sessions, other: Sessions, client: Any, owner: str) -> None:
        old = await one.open(owner, position="1-1-")
        if step != "never join":
            await one.join(old, "d", types="t1")
        if step == "leave":
            await one.leave(old)
        await other.end(old)
        if step == "expire":
            await client.zadd(f"communibase:session:ended:{owner}", {old.id: 1})
        session = await one.open(owner, position="8-1-")
        await one.join(session, "d", types="t8")
        joined = await other.find(session.id, owner)
        assert (joined.position, joined.types) == ("8-1-", "t8")

    run(test)


def test_the_positions_of_ended_sessions_are_limited(run: Any, settings: Any) -> None:
    async def test(one: Sessions, other: Sessions, client: Any, owner: str) -> None:
        settings.MAX_SOCKET_SESSIONS = 2
        for number in range(1, 5):
            session = await one.open(owner, position=f"{number}-1-")
            await one.update(session, room="d", confirmed_types="")
            await one.end(session)
        last = await one.open(owner, position="9-1-")
        await one.join(last, "d", types="")
        assert (await one.find(last.id, owner)).position == "3-1-"

    run(test)


def test_a_session_goes_back_to_what_its_client_has(run: Any) -> None:
    async def test(one: Sessions, other: Sessions, client: Any, owner: str) -> None:
        session = await one.open(owner, position="1-1-")
        await one.join(session, "d", types="t1")
        await one.update(session, position="5-1-", types="t5", answered="a")
        assert (await other.find(session.id, owner)).answered == "a"
        back = await other.rewind(session)
        assert (back.position, back.types) == ("1-1-", "t1")
        assert (await one.find(session.id, owner)).position == "1-1-"

    run(test)
