"""Realtime over a WebSocket: the same events, permissions and ends as a stream's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.dialects.restdb.realtime.test_messages import publish
from tests.dialects.restdb.support import Rest, failed
from tests.dialects.restdb.test_browser_keys import APP, ORIGIN_REFUSED, browser_key
from tests.support import NO_CREDENTIALS, NOT_FOUND, Tenant, make_key


def address(rest: Rest, path: str = "", **params: str) -> str:
    base = str(rest.tenant.client.base_url).replace("http", "ws", 1).rstrip("/")
    return f"{base}{path or f'/db/{rest.tenant.database}/realtime'}?{urlencode(params)}"


@contextmanager
def open_socket(
    rest: Rest, *, key: str | None = None, origin: Any = None, **params: str
) -> Iterator[ClientConnection]:
    query = {"apikey": rest.tenant.key if key is None else key} | params
    with connect(address(rest, **query), origin=origin, proxy=None, max_size=None, open_timeout=60) as connection:
        yield connection


def next_event(connection: ClientConnection) -> dict[str, Any]:
    """Return the next message that is not a ping."""
    while True:
        message = json.loads(connection.recv(timeout=60))
        if message["event"] != "ping":
            return message


def read_until_closed(connection: ClientConnection) -> tuple[int, str, list[Any]]:
    """Return code and reason of the close, and the messages before it except pings."""
    messages = []
    try:
        while True:
            messages.append(next_event(connection))
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        return closed.rcvd.code, closed.rcvd.reason, messages


def test_events_of_a_database(rest: Rest, people: list[str]) -> None:
    joe, _, bob = people
    with open_socket(rest) as connection:
        first = json.loads(connection.recv(timeout=60))
        assert (first["event"], first.keys()) == ("ping", {"event", "id", "data"})
        (eve,) = rest.create("people", {"name": "Eve\n\nand \u00fc", "born": "2000-01-02"})
        rest.ask(f"PUT people/{joe}", json={"age": 1})
        rest.ask(f"DELETE people/{bob}")
        publish(rest, "chat", {"text": "Hello"})
        messages = [next_event(connection) for _ in range(4)]
    document = {"name": "Eve\n\nand \u00fc", "born": "2000-01-02", "_id": eve}
    assert [(item["event"], item["data"]) for item in messages] == [
        ("post", {"event": "post", "collection": "people", "data": document}),
        ("put", {"event": "put", "collection": "people", "data": joe}),
        ("delete", {"event": "delete", "collection": "people", "data": [bob]}),
        ("publish", {"event": "chat", "data": {"text": "Hello"}}),
    ]
    with open_socket(rest, lastEventId=messages[1]["id"]) as again:
        assert [next_event(again) for _ in range(2)] == messages[2:]


def test_a_key_receives_the_events_that_it_lists(rest: Rest, people: list[str]) -> None:
    key = browser_key(rest.tenant, origins=[APP], realtime=["POST:people", "chat"])
    with open_socket(rest, key=key, origin=APP) as connection:
        connection.recv(timeout=60)
        rest.ask(f"PUT people/{people[0]}", json={"age": 1})
        rest.create("pets", {"name": "Rex"})
        publish(rest, "secret", 1)
        rest.create("people", {"name": "Eve"})
        publish(rest, "chat", 1)
        assert [next_event(connection)["event"] for _ in range(2)] == ["post", "publish"]


def test_subscriptions_that_are_refused(rest: Rest, ben: Tenant) -> None:
    """The error is sent, then the socket is closed with its status."""
    blind = make_key(rest.tenant.client, rest.tenant.bearer, actions=["insert"])
    page = browser_key(rest.tenant, origins=[APP])
    for key, origin, status, text, name in [
        ("", None, 401, NO_CREDENTIALS, "Unauthorized"),
        ("dc_x", None, 401, "Invalid API Key.", "Unauthorized"),
        (ben.key, None, 404, NOT_FOUND, "NotFound"),
        (blind, None, 403, "This needs the permission 'read'.", "Forbidden"),
        (page, "https://evil.example", 403, ORIGIN_REFUSED, "Forbidden"),
        (rest.tenant.key, APP, 403, ORIGIN_REFUSED, "Forbidden"),
    ]:
        with open_socket(rest, key=key, origin=origin) as connection:
            code, reason, messages = read_until_closed(connection)
        assert (code, reason) == (4000 + status, text[:120])
        assert messages == [{"event": "error", "data": failed(status, text, name=name)[1]}]


def test_revoking_a_key_closes_its_socket(rest: Rest) -> None:
    created = rest.tenant.ask("POST /api/keys", json={"name": "listener"}).json()
    with open_socket(rest, key=created["key"]) as connection:
        connection.recv(timeout=60)
        assert rest.tenant.ask(f"DELETE /api/keys/{created['id']}").status_code == 200
        began = time.monotonic()
        code, _, messages = read_until_closed(connection)
    assert time.monotonic() - began < 20
    assert (code, [item["event"] for item in messages]) == (4401, ["error"])


def test_a_user_subscribes_with_a_token(rest: Rest) -> None:
    with open_socket(rest, key="", jwt=rest.tenant.access) as connection:
        assert json.loads(connection.recv(timeout=60))["event"] == "ping"


def test_sending_closes_the_socket(rest: Rest) -> None:
    with open_socket(rest) as connection:
        connection.recv(timeout=60)
        connection.send('{"event": "chat"}')
        assert read_until_closed(connection) == (1008, "This socket accepts no messages; publish with POST.", [])


@pytest.mark.parametrize("path", ["/", "/api/events", "/db/x/rest/people", "/dashboard/stream"])
def test_other_routes_have_no_sockets(rest: Rest, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(address(rest, path), proxy=None, open_timeout=60):
        pass
    assert refused.value.response.status_code == 403


def test_slow_readers_are_disconnected(rest: Rest) -> None:
    """Other subscribers receive every event."""
    count = 40
    with (
        open_socket(rest) as quick,
        connect(
            address(rest, apikey=rest.tenant.key),
            proxy=None,
            max_size=None,
            max_queue=1,
            open_timeout=60,
            close_timeout=1,
        ) as slow,
    ):
        quick.recv(timeout=60)
        text = "x" * 1_000_000
        for number in range(count):
            assert publish(rest, "big", {"number": number, "text": text}).status_code == 200
            assert next_event(quick)["data"]["data"]["number"] == number
        received = 0
        with pytest.raises(ConnectionClosed):
            while True:
                slow.recv(timeout=60)
                received += 1
    assert received < count
