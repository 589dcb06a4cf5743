"""What packets of a client do to its session, and what a poll returns."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import engine
from dialects.communibase.live import packets
from dialects.communibase.live.credentials import SocketCredentials
from dialects.communibase.live.listeners import Listeners
from dialects.communibase.live.sessions import SocketSession

Test = Callable[[Listeners, SocketSession], Awaitable[None]]
NOBODY = SocketCredentials()
JOIN = '42["join","60c72b2f9b1d8b1a2d3e4567_dirty"]'
UNKNOWN_ROOM = "Join `<administrationId>_dirty`, where the id is that of a database."


@pytest.fixture
def run(settings: Any, service_url: str) -> Callable[[Test], None]:
    """Return a function that runs a test with listeners and a session, which waits for nothing."""
    settings.MAX_WAIT_SECONDS = 0

    def run_test(test: Test) -> None:
        async def with_session() -> None:
            listeners = Listeners()
            owner = f"team {secrets.token_hex(4)}"
            session = await listeners.sessions.open(owner, position="1-1-")
            await test(listeners, session)

        asyncio.run(with_session())

    return run_test


@pytest.mark.parametrize(
    ("packet", "answer"),
    [
        ("2", ["3"]),
        ("2probe", ["3probe"]),
        ("6", []),
        ("3", []),
        ("4", []),
        ("42", []),
        ("42[]", []),
        ('42["leave","x_dirty"]', []),
        ("42[7]", []),
        ('42["join"]', [packets.error(UNKNOWN_ROOM)]),
        ('42["join",7]', [packets.error(UNKNOWN_ROOM)]),
        ('42["join","x"]', [packets.error(UNKNOWN_ROOM)]),
        ('42["join","x_dirty","y_dirty"]', [packets.error(UNKNOWN_ROOM)]),
    ],
)
def test_what_a_packet_is_answered_with(run: Any, settings: Any, packet: str, answer: list[str]) -> None:
    settings.COMMUNIBASE_SOCKETS_WITHOUT_KEY = True

    async def test(listeners: Listeners, session: SocketSession) -> None:
        await listeners.receive(packet, session, NOBODY)
        assert await listeners.next_packets(session, NOBODY) == (answer or [packets.NOOP])
        assert await listeners.next_packets(session, NOBODY) == [packets.NOOP]

    run(test)


def test_joining_without_valid_credentials_ends_the_session(run: Any) -> None:
    async def test(listeners: Listeners, session: SocketSession) -> None:
        with pytest.raises(engine.Unauthenticated):
            await listeners.receive(JOIN, session, NOBODY)
        with pytest.raises(engine.Invalid, match="connect again"):
            await listeners.sessions.find(session.id, session.owner)

    run(test)


def test_credentials_are_checked_while_a_session_waits_to_join(run: Any) -> None:
    async def test(listeners: Listeners, session: SocketSession) -> None:
        with pytest.raises(engine.Unauthenticated):
            await listeners.next_packets(session, NOBODY)
        with pytest.raises(engine.Invalid, match="connect again"):
            await listeners.sessions.find(session.id, session.owner)

    run(test)


def test_leaving_and_closing(run: Any) -> None:
    async def test(listeners: Listeners, session: SocketSession) -> None:
        await listeners.sessions.update(session, room="d")
        await listeners.receive(packets.DISCONNECTED, session, NOBODY)
        assert (await listeners.sessions.find(session.id, session.owner)).room == ""
        await listeners.receive(packets.CLOSE, session, NOBODY)
        with pytest.raises(engine.Invalid, match="connect again"):
            await listeners.sessions.find(session.id, session.owner)
        with pytest.raises(engine.Invalid, match="connect again"):
            await listeners.next_packets(session, NOBODY)

    run(test)


def test_a_credential_that_is_no_longer_valid_ends_the_session(run: Any) -> None:
    async def test(listeners: Listeners, session: SocketSession) -> None:
        await listeners.sessions.update(session, room="60c72b2f9b1d8b1a2d3e4567")
        with pytest.raises(engine.Unauthenticated):
            await listeners.next_packets(session, NOBODY)
        with pytest.raises(engine.Invalid, match="connect again"):
            await listeners.sessions.find(session.id, session.owner)

    run(test)


def test_a_client_that_changes_its_transport_gets_an_answer_at_once(run: Any, settings: Any) -> None:
    settings.COMMUNIBASE_SOCKETS_WITHOUT_KEY = True

    async def test(listeners: Listeners, session: SocketSession) -> None:
        await listeners.sessions.update(session, room="d")
        await listeners.sessions.begin_upgrade(session)
        assert await listeners.next_packets(session, NOBODY) == [packets.NOOP]
        await listeners.sessions.push(session, "3")
        assert await listeners.next_packets(session, NOBODY) == ["3"]

    run(test)
