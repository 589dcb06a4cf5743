"""Connections of a worker that ends: with a request on its way, idle, and without a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from datacube.http import graceful
from datacube.http.graceful import GracefulProtocol
from datacube.http.protocol import Protocol

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
PROTOCOLS = pytest.mark.parametrize("protocol", [GracefulProtocol, Protocol])
Connected = tuple[asyncio.StreamReader, asyncio.StreamWriter, GracefulProtocol]


async def application(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def connected(protocol: type[GracefulProtocol], path: Path) -> AsyncIterator[Connected]:
    """Yield a client and the server's side of its connection."""
    config = Config(application, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    factory = partial(protocol, config=config, server_state=state, app_state={})
    async with await asyncio.get_running_loop().create_unix_server(factory, path):
        reader, writer = await asyncio.open_unix_connection(path)
        while not state.connections:
            await asyncio.sleep(0.01)
        (connection,) = state.connections
        assert isinstance(connection, GracefulProtocol)
        yield reader, writer, connection
        writer.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 60))


@PROTOCOLS
def test_a_connection_that_was_just_accepted_gets_its_response(
    protocol: type[GracefulProtocol], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graceful, "_FIRST_REQUEST_SECONDS", 3600)

    async def test() -> None:
        async with connected(protocol, tmp_path / "s") as (reader, writer, connection):
            connection.shutdown()
            writer.write(REQUEST)
            response = await reader.read()  # to the end of the connection
            assert response.startswith(b"HTTP/1.1 200")
            assert response.endswith(b"ok")

    run(test)


@PROTOCOLS
def test_an_idle_connection_is_closed(protocol: type[GracefulProtocol], tmp_path: Path) -> None:
    async def test() -> None:
        async with connected(protocol, tmp_path / "s") as (reader, writer, connection):
            writer.write(REQUEST)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            while not connection.cycle.response_complete:
                await asyncio.sleep(0.01)
            connection.shutdown()
            await reader.read()

    run(test)


def test_a_connection_without_a_request_is_closed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graceful, "_FIRST_REQUEST_SECONDS", 0.1)

    async def test() -> None:
        async with connected(GracefulProtocol, tmp_path / "s") as (reader, _, connection):
            connection.shutdown()
            assert not connection.transport.is_closing()
            assert await reader.read() == b""

    run(test)
