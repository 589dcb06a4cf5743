"""Both drivers against a server that breaks connections."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from datacube_client import DataCube, NoResponseError, Retries
from datacube_client.clients import Database
from tests.support import Tenant

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"success": true}'


@pytest.fixture
def broken() -> Iterator[tuple[str, list[bytes]]]:
    """Return the address of a server that closes the first two connections, and what it has received."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, received), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", received
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def _serve(server: socket.socket, received: list[bytes]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            received.append(_request(connection))
            if len(received) > 2:
                connection.sendall(ANSWER)


def _request(connection: socket.socket) -> bytes:
    """Return a whole request: what is not read when the connection closes resets it, perhaps before the answer."""
    request = b""
    while not _is_whole(request) and (part := connection.recv(65536)):
        request += part
    return request


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


@pytest.fixture
def through(driver: Any, broken: tuple[str, list[bytes]]) -> Any:
    """Return the driver, with its connections led to the broken server."""
    http = getattr(driver, "http", None) or driver._driver.http
    http.base_url = broken[0]
    driver.session = getattr(driver, "_driver", driver).session = type(driver.session)(
        driver.session.credentials, Retries(delay=0.01)
    )
    return driver


def test_a_write_with_a_key_is_sent_again_with_the_same_key(through: Any, broken: tuple[str, list[bytes]]) -> None:
    films = Database(through, "1" * 24).collection("films")
    with pytest.raises(KeyError, match="inserted_ids"):  # which this server's answer lacks
        films.insert([{"n": 1}])
    keys = {line for text in broken[1] for line in text.lower().split(b"\r\n") if line.startswith(b"idempotency")}
    assert (len(broken[1]), len(keys)) == (3, 1)


def test_a_statement_is_not_sent_again(through: Any, broken: tuple[str, list[bytes]]) -> None:
    with pytest.raises(NoResponseError, match="POST /api/sql"):
        Database(through, "1" * 24).sql("DELETE FROM films")
    assert len(broken[1]) == 1


def test_threads_renew_the_tokens_once(anna: Tenant, service_url: str) -> None:
    with DataCube(service_url, options={"trust_env": False}) as client:
        client.account.sign_in(anna.email, "a-strong-and-secure-password")
        client._driver.session.credentials.access = "expired"
        with ThreadPoolExecutor(4) as pool:
            names = list(pool.map(lambda _: client.account.profile()["firstName"], range(4)))
        assert names == ["Alex"] * 4
        client.account.renew_tokens()
