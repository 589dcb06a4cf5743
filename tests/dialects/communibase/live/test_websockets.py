"""WebSockets of Engine.IO 3: alone, after polling, and refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.dialects.communibase.live.polling import PATH, listener
from tests.support import MISSING_ID, NO_CREDENTIALS, NOT_FOUND, Tenant

PROBE = "2probe"


@contextmanager
def socket_of(tenant: Tenant, **query: str) -> Iterator[ClientConnection]:
    params = {"EIO": "3", "transport": "websocket", "api_key": tenant.key, **query}
    base = str(tenant.client.base_url).replace("http", "ws", 1).rstrip("/")
    with connect(f"{base}{PATH}?{urlencode(params)}", proxy=None, open_timeout=60) as socket:
        yield socket


def received(socket: ClientConnection) -> str:
    return str(socket.recv(timeout=60))


def end_of(socket: ClientConnection) -> tuple[int, str]:
    """Return code and reason of the close, which may follow messages that were under way."""
    try:
        while True:
            received(socket)
    except ConnectionClosed as closed:
        frame = closed.rcvd
    assert frame is not None
    return frame.code, frame.reason


def test_a_socket_alone(anna: Tenant, ben: Tenant) -> None:
    with socket_of(anna) as socket, socket_of(ben) as foreign:
        handshake = json.loads(received(socket)[1:])
        assert (len(handshake["sid"]), handshake["upgrades"]) == (24, [])
        assert received(socket) == "40"
        assert [received(foreign)[:1], received(foreign)] == ["0", "40"]
        foreign.send(f'42["join","{anna.database}_dirty"]')
        assert received(foreign) == f"44{json.dumps(NOT_FOUND)}"
        foreign.send(f'42["join","{ben.database}_dirty"]')
        socket.send(b"binary")
        socket.send(f'42["join","{anna.database}_dirty"]')
        socket.send("2x")
        assert received(socket) == "3x"
        ids = anna.insert("films", [{"Title": "one"}, {"Title": "two"}])
        assert [received(socket) for _ in ids] == [f'42["message","films|{id}"]' for id in ids]
        (id,) = ben.insert("films", [{"Title": "foreign"}])
        assert received(foreign) == f'42["message","films|{id}"]'
        for item in (socket, foreign):
            item.send("1")
            assert end_of(item)[0] == 1000


def test_a_polling_client_changes_its_transport(anna: Tenant) -> None:
    """Check that the waiting poll ends at once, and that nothing is lost or sent twice in between."""
    client = listener(anna)
    with ThreadPoolExecutor(1) as threads, socket_of(anna, sid=client.sid) as socket:
        waiting = threads.submit(client.poll)
        socket.send(PROBE)
        assert received(socket) == "3probe"
        assert waiting.result(timeout=60) == ["6"]
        between = anna.insert("films", [{"Title": "between"}])
        socket.send("5")
        later = anna.insert("films", [{"Title": "later"}])
        assert [received(socket) for _ in range(2)] == [f'42["message","films|{id}"]' for id in (*between, *later)]
        socket.send("1")
        assert end_of(socket)[0] == 1000
    assert client.request("GET").status_code == 400


def test_a_probe_that_comes_to_nothing(anna: Tenant) -> None:
    client = listener(anna)
    with socket_of(anna, sid=client.sid) as socket:
        socket.send(PROBE)
        assert received(socket) == "3probe"
    ids = anna.insert("films", [{"Title": "by polling"}])
    messages: list[str] = []
    while not messages:
        messages = [packet for packet in client.poll() if packet != "6"]
    assert messages == [f'42["message","films|{id}"]' for id in ids]
    client.close()


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        ({"api_key": ""}, 4401, NO_CREDENTIALS),
        ({"api_key": "x"}, 4401, "Invalid API Key."),
        ({"EIO": "4"}, 4400, "EIO: Only Engine.IO 3 is served, for socket.io-client 2."),
        ({"transport": "polling"}, 4400, "transport: This request came by websocket."),
        ({"sid": MISSING_ID}, 4400, "sid: This session is unknown or has ended; connect again."),
    ],
)
def test_what_is_refused(anna: Tenant, query: dict[str, str], code: int, reason: str) -> None:
    with socket_of(anna, **query) as socket:
        assert end_of(socket) == (code, reason)


def test_no_secret_is_logged(anna: Tenant, home: Path) -> None:
    with socket_of(anna) as socket:
        assert received(socket)[:1] == "0"
    logs = b"".join(path.read_bytes() for path in (home / "logs").iterdir())
    assert anna.key.encode() not in logs


def test_a_session_of_another_team(anna: Tenant, ben: Tenant) -> None:
    client = listener(anna)
    with socket_of(ben, sid=client.sid) as socket:
        assert end_of(socket)[0] == 4400
    ids = anna.insert("films", [{"Title": "own"}])
    assert client.messages(1) == [f"films|{id}" for id in ids]
    client.close()


def test_a_large_packet(anna: Tenant) -> None:
    with socket_of(anna) as socket:
        received(socket)
        received(socket)
        socket.send(f'42["{"x" * 20_000}"]')
        assert end_of(socket)[0] == 1009


@pytest.mark.parametrize("joins", ["before", "after", "never"])
def test_a_revoked_key_ends_its_sockets(joins: str, anna: Tenant) -> None:
    created: dict[str, Any] = anna.ask(
        "POST /api/keys", json={"name": "a key", "databases": [anna.database]}
    ).json()
    join = f'42["join","{anna.database}_dirty"]'
    with socket_of(anna, api_key=created["key"]) as socket:
        received(socket)
        received(socket)
        if joins == "before":
            socket.send(join)
            # Packets are handled in order, so the answer to this one says that it has joined.
            socket.send("2joined")
            assert received(socket) == "3joined"
        assert anna.ask(f"DELETE /api/keys/{created['id']}").is_success
        if joins == "after":
            socket.send(join)
        assert end_of(socket) == (4401, "Invalid API Key.")
