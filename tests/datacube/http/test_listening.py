"""How workers that share a socket accept connections: the one with the fewest first, and none twice."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from datacube.http import connection_counts, listening
from datacube.http.connection_counts import ConnectionCounts
from datacube.http.listening import EventLoop, Listener

Address = tuple[str, int]


class Named(asyncio.Protocol):
    """Sends its name to each client that connects."""

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.is_shut_down = False

    def shutdown(self) -> None:
        self.is_shut_down = True

    def connection_made(self, transport: Any) -> None:
        transport.write(self.name)
        transport.close()


@pytest.fixture
def open_socket() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        opened.setblocking(False)
        yield opened


@pytest.fixture
def own_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test use counts that no other test sees."""
    monkeypatch.setattr(connection_counts, "counts", ConnectionCounts([0], own=0))


def run(test: Callable[[], Awaitable[None]]) -> None:
    with asyncio.Runner(loop_factory=EventLoop) as runner:
        runner.run(asyncio.wait_for(test(), 60))


def listener(opened: socket.socket, name: bytes, counts: ConnectionCounts) -> Listener:
    """Return a listener on a descriptor of its own of the socket."""
    return Listener(asyncio.get_running_loop(), opened.dup(), partial(Named, name), counts)


async def greeted(opened: socket.socket) -> bytes:
    """Connect and return what is received until the end."""
    reader, writer = await asyncio.open_connection(*opened.getsockname())
    try:
        return await reader.read()
    finally:
        writer.close()


def test_the_worker_with_fewer_connections_accepts(open_socket: socket.socket) -> None:
    numbers = [5, 0]

    async def test() -> None:
        listeners = [
            listener(open_socket, name, ConnectionCounts(numbers, own=own))
            for own, name in enumerate((b"full", b"free"))
        ]
        assert [await greeted(open_socket) for _ in range(5)] == [b"free"] * 5
        assert numbers == [5, 5]
        for each in listeners:
            each.close()
            await each.wait_closed()

    run(test)


def test_a_worker_with_more_connections_accepts_what_no_other_does(open_socket: socket.socket) -> None:
    async def test() -> None:
        accepting = listener(open_socket, b"full", ConnectionCounts([5, 0], own=0))
        assert await asyncio.gather(*(greeted(open_socket) for _ in range(20))) == [b"full"] * 20
        accepting.close()

    run(test)


def test_a_closed_listener_accepts_nothing_even_when_it_was_about_to(
    open_socket: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_ACCEPT_DELAY_SECONDS", 3600)

    async def test() -> None:
        closed = listener(open_socket, b"closed", ConnectionCounts([5, 0], own=0))
        waiting = asyncio.ensure_future(greeted(open_socket))
        while closed._timer is None:
            await asyncio.sleep(0.01)
        closed.close()
        assert closed._timer.cancelled()
        other = listener(open_socket, b"other", ConnectionCounts([0], own=0))
        assert await waiting == b"other"
        other.close()

    run(test)


def test_a_connection_that_is_accepted_when_the_listener_closes_is_shut_down(open_socket: socket.socket) -> None:
    protocols: list[Named] = []

    def protocol() -> Named:
        protocols.append(Named(b"late"))
        return protocols[-1]

    async def test() -> None:
        loop = asyncio.get_running_loop()
        closing: Any = Listener(loop, open_socket.dup(), protocol, ConnectionCounts([0], own=0))
        waiting = asyncio.ensure_future(greeted(open_socket))
        while not closing._connecting:
            await asyncio.sleep(0)
        closing.close()
        await closing.wait_closed()
        assert await waiting == b"late"
        assert [each.is_shut_down for each in protocols] == [True]

    run(test)


class WithoutDescriptors(socket.socket):
    """A socket that fails to accept for want of a file descriptor, and is well from then on."""

    failed = False

    def accept(self) -> Any:
        if self.failed:
            return super().accept()
        self.failed = True
        raise OSError(errno.EMFILE, "Too many open files")


def test_without_a_free_descriptor_it_pauses(
    open_socket: socket.socket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "_PAUSE_SECONDS", 0.01)
    opened = WithoutDescriptors(fileno=open_socket.dup().detach())
    opened.setblocking(False)

    async def test() -> None:
        paused = Listener(asyncio.get_running_loop(), opened, partial(Named, b"well"), ConnectionCounts([0], own=0))
        assert await greeted(open_socket) == b"well"
        paused.close()

    run(test)
    opened.close()
    assert "no connection is accepted for 0.01 s: [Errno 24]" in caplog.text


@pytest.mark.usefixtures("own_counts")
def test_a_server_on_an_open_socket_is_a_listener(open_socket: socket.socket) -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        server: Any = await loop.create_server(partial(Named, b"hello"), sock=open_socket, backlog=5)
        assert type(server) is Listener
        assert await greeted(open_socket) == b"hello"
        server.close()
        await server.wait_closed()

    run(test)


@pytest.mark.usefixtures("own_counts")
def test_other_servers_are_those_of_the_event_loop() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        async with await loop.create_server(partial(Named, b"hello"), "127.0.0.1", 0) as server:
            assert await greeted(server.sockets[0]) == b"hello"

    run(test)
