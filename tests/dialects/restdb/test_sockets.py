"""Realtime over a WebSocket: the same events, rights and ends as those of the stream."""

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
from tests.dialects.restdb.test_web_keys import APP, ORIGIN_REFUSED, web_key
from tests.support import NO_CREDENTIALS, NOT_FOUND, Tenant, make_key


def address(rest: Rest, path: str = "", **params: str) -> str:
    base = str(rest.tenant.client.base_url).replace("http", "ws", 1).rstrip("/")
    return f"{base}{path or f'/db/{rest.tenant.database}/realtime'}?{urlencode(params)}"


@contextmanager
def socket(rest: Rest, *, key: str | None = None, origin: Any = None, **params: str) -> Iterator[ClientConnection]:
    sent = {"apikey": rest.tenant.key if key is None else key} | params
    with connect(address(rest, **sent), origin=origin, proxy=None, max_size=None, open_timeout=30) as found:
        yield found


def heard(found: ClientConnection) -> dict[str, Any]:
    """The next message that is no ping."""
    while True:
        message = json.loads(found.recv(timeout=30))
        if message["event"] != "ping":
            return message


def ended(found: ClientConnection) -> tuple[int, str, list[Any]]:
    """Code and reason of the close, and what was heard before, but for pings."""
    messages = []
    try:
        while True:
            messages.append(heard(found))
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        return closed.rcvd.code, closed.rcvd.reason, messages


def test_what_is_heard(rest: Rest, people: list[str]) -> None:
    joe, _, bob = people
    with socket(rest) as found:
        first = json.loads(found.recv(timeout=30))
        assert (first["event"], first.keys()) == ("ping", {"event", "id", "data"})
        (eve,) = rest.made("people", {"name": "Eve\n\nand \u00fc", "born": "2000-01-02"})
        rest.ask(f"PUT people/{joe}", json={"age": 1})
        rest.ask(f"DELETE people/{bob}")
        publish(rest, "chat", {"text": "Hello"})
        messages = [heard(found) for _ in range(4)]
    told = {"name": "Eve\n\nand \u00fc", "born": "2000-01-02", "_id": eve}
    assert [(item["event"], item["data"]) for item in messages] == [
        ("post", {"event": "post", "collection": "people", "data": told}),
        ("put", {"event": "put", "collection": "people", "data": joe}),
        ("delete", {"event": "delete", "collection": "people", "data": [bob]}),
        ("publish", {"event": "chat", "data": {"text": "Hello"}}),
    ]
    with socket(rest, lastEventId=messages[1]["id"]) as again:
        assert [heard(again) for _ in range(2)] == messages[2:]


def test_a_key_hears_what_it_names(rest: Rest, people: list[str]) -> None:
    key = web_key(rest.tenant, origins=[APP], realtime=["POST:people", "chat"])
    with socket(rest, key=key, origin=APP) as found:
        found.recv(timeout=30)
        rest.ask(f"PUT people/{people[0]}", json={"age": 1})
        rest.made("pets", {"name": "Rex"})
        publish(rest, "secret", 1)
        rest.made("people", {"name": "Eve"})
        publish(rest, "chat", 1)
        assert [heard(found)["event"] for _ in range(2)] == ["post", "publish"]


def test_who_may_not_listen(rest: Rest, ben: Tenant) -> None:
    """The error is told, then the socket closed with its status."""
    blind = make_key(rest.tenant.client, rest.tenant.bearer, actions=["insert"])
    page = web_key(rest.tenant, origins=[APP])
    for key, origin, status, text, name in [
        ("", None, 401, NO_CREDENTIALS, "Unauthorized"),
        ("dc_x", None, 401, "Invalid API Key.", "Unauthorized"),
        (ben.key, None, 404, NOT_FOUND, "NotFound"),
        (blind, None, 403, "This needs the permission 'read'.", "Forbidden"),
        (page, "https://evil.example", 403, ORIGIN_REFUSED, "Forbidden"),
        (rest.tenant.key, APP, 403, ORIGIN_REFUSED, "Forbidden"),
    ]:
        with socket(rest, key=key, origin=origin) as found:
            code, reason, messages = ended(found)
        assert (code, reason) == (4000 + status, text[:120])
        assert messages == [{"event": "error", "data": failed(status, text, name=name)[1]}]


def test_a_revoked_key_hears_no_more(rest: Rest) -> None:
    made = rest.tenant.ask("POST /api/keys", json={"name": "listener"}).json()
    with socket(rest, key=made["key"]) as found:
        found.recv(timeout=30)
        assert rest.tenant.ask(f"DELETE /api/keys/{made['id']}").status_code == 200
        began = time.monotonic()
        code, _, messages = ended(found)
    assert time.monotonic() - began < 2
    assert (code, [item["event"] for item in messages]) == (4401, ["error"])


def test_a_person_listens_with_a_token(rest: Rest) -> None:
    with socket(rest, key="", jwt=rest.tenant.access) as found:
        assert json.loads(found.recv(timeout=30))["event"] == "ping"


def test_who_says_something_is_left(rest: Rest) -> None:
    with socket(rest) as found:
        found.recv(timeout=30)
        found.send('{"event": "chat"}')
        assert ended(found) == (1008, "Nothing is taken here; publish with POST.", [])


@pytest.mark.parametrize("path", ["/", "/api/events", "/db/x/rest/people", "/dashboard/stream"])
def test_there_are_no_other_sockets(rest: Rest, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(address(rest, path), proxy=None):
        pass
    assert refused.value.response.status_code == 403


def test_who_does_not_read_is_cut_off(rest: Rest) -> None:
    """And keeps nobody else from hearing."""
    sent = 40
    with (
        socket(rest) as quick,
        connect(
            address(rest, apikey=rest.tenant.key), proxy=None, max_size=None, max_queue=1, close_timeout=1
        ) as slow,
    ):
        quick.recv(timeout=30)
        text = "x" * 1_000_000
        for number in range(sent):
            assert publish(rest, "big", {"number": number, "text": text}).status_code == 200
            assert heard(quick)["data"]["data"]["number"] == number
        received = 0
        with pytest.raises(ConnectionClosed):
            while True:
                slow.recv(timeout=30)
                received += 1
    assert received < sent
