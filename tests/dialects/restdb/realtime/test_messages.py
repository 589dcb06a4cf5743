"""Realtime: events, who receives them, their encoding, and the end of a stream."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.dialects.restdb.support import Rest, failed, result_of
from tests.dialects.restdb.test_browser_keys import APP, ORIGIN_REFUSED, browser_key
from tests.support import NO_CREDENTIALS, NOT_FOUND, Tenant, make_key

LISTENERS = 60
Message = tuple[str, str, Any]


@contextmanager
def subscribed(
    rest: Rest, *, key: str | None = None, last: str = "", **headers: str
) -> Iterator[Iterator[Message]]:
    """Yield (event, id, data) of each message, beginning with the first ping."""
    params = {"apikey": rest.tenant.key if key is None else key}
    headers |= {"Last-Event-ID": last} if last else {}
    path = f"/db/{rest.tenant.database}/realtime"
    with httpx.stream(
        "GET", f"{rest.tenant.client.base_url}{path}", params=params, headers=headers, timeout=60, trust_env=False
    ) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream"
        yield messages(answer)


def messages(answer: httpx.Response) -> Iterator[Message]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            text = fields["data"]
            yield fields["event"], fields.get("id", ""), text if fields["event"] == "ping" else json.loads(text)
            fields = {}


def publish(rest: Rest, event: Any, data: Any, *, key: str | None = None) -> httpx.Response:
    path = f"/db/{rest.tenant.database}/realtime"
    headers = {"x-apikey": rest.tenant.key if key is None else key}
    return rest.tenant.client.post(path, json={"event": event, "data": data}, headers=headers)


def next_of(events: Iterator[Message]) -> Message:
    return next(message for message in events if message[0] != "ping")


def test_events_of_a_database(rest: Rest, people: list[str]) -> None:
    joe, ann, bob = people
    with subscribed(rest) as events:
        name, _, text = next(events)
        assert name == "ping"
        assert abs(datetime.fromisoformat(text).timestamp() - time.time()) < 60
        (eve,) = rest.create("people", {"name": "Eve", "born": "2000-01-02"})
        rest.ask(f"PUT people/{joe}", json={"age": 1})
        rest.ask(f"PATCH people/{ann}", json={"age": 2})
        rest.ask(f"DELETE people/{bob}")
        assert result_of(publish(rest, "chat", {"text": "Hello"})) == (200, {"message": "OK"})
        rest.tenant.insert("pets", [{"name": "Rex"}])
        received = [next_of(events) for _ in range(6)]
    rex = received[5][2]["data"]["_id"]
    assert [(name, data) for name, _, data in received] == [
        (
            "post",
            {"event": "post", "collection": "people", "data": {"name": "Eve", "born": "2000-01-02", "_id": eve}},
        ),
        ("put", {"event": "put", "collection": "people", "data": joe}),
        ("put", {"event": "put", "collection": "people", "data": ann}),
        ("delete", {"event": "delete", "collection": "people", "data": [bob]}),
        ("publish", {"event": "chat", "data": {"text": "Hello"}}),
        ("post", {"event": "post", "collection": "pets", "data": {"name": "Rex", "_id": rex}}),
    ]


def test_a_reconnecting_client_receives_missed_events(rest: Rest, people: list[str]) -> None:
    with subscribed(rest) as events:
        next(events)
        rest.ask(f"PUT people/{people[0]}", json={"age": 1})
        _, token, _ = next_of(events)
    rest.ask(f"DELETE people/{people[1]}")
    publish(rest, "chat", 7)
    with subscribed(rest, last=token) as events:
        assert [next_of(events)[2]["data"] for _ in range(2)] == [[people[1]], 7]
        rest.ask(f"DELETE people/{people[2]}")
        assert next_of(events)[2]["data"] == [people[2]]
    for number, foreign in enumerate(("not a token", "ffffffff-1-82")):
        with subscribed(rest, last=foreign) as events:
            name, token, _ = next(events)  # no event yet, but a token to resume from
        publish(rest, "chat", number)
        with subscribed(rest, last=token) as events:
            assert next(events)[:2] == ("ping", token)
            assert next_of(events)[2]["data"] == number


def test_a_token_from_before_the_oplog_is_a_conflict(rest: Rest) -> None:
    path = f"/db/{rest.tenant.database}/realtime"
    headers = {"Last-Event-ID": "1-1-"}
    answer = rest.tenant.client.get(path, params={"apikey": rest.tenant.key}, headers=headers)
    assert answer.status_code == 409, answer.text
    assert "listen from now on" in answer.json()["message"]


def test_a_key_receives_the_events_that_it_lists(rest: Rest, people: list[str]) -> None:
    key = browser_key(rest.tenant, actions=["read", "insert"], realtime=["POST:people", "DELETE:pets", "chat"])
    with subscribed(rest, key=key) as events:
        next(events)
        rest.ask(f"PUT people/{people[0]}", json={"age": 1})
        rest.create("pets", {"name": "Rex"})
        publish(rest, "secret", 1)
        rest.create("people", {"name": "Eve"})
        publish(rest, "chat", 1, key=key)
        assert [next_of(events)[0] for _ in range(2)] == ["post", "publish"]
    text = "This key may not publish 'secret'."
    assert result_of(publish(rest, "secret", 1, key=key)) == failed(403, text, name="Forbidden")
    reader = browser_key(rest.tenant, actions=["read"], realtime=["chat"])
    assert publish(rest, "chat", 1, key=reader).status_code == 403


@pytest.mark.parametrize(
    ("event", "data", "errors"),
    [
        (None, 1, [("event", "Must be the name of the message, a text.")]),
        ("", 1, [("event", "Must be the name of the message, a text.")]),
        ("x" * 201, 1, [("event", "Must have 1 to 200 characters, without NUL.")]),
        ("x", {"$a": 1}, [("data", "A field name must not begin with '$'.")]),
    ],
)
def test_invalid_messages_are_refused(rest: Rest, event: Any, data: Any, errors: list[Any]) -> None:
    status, body = result_of(publish(rest, event, data))
    assert (status, body["list"]) == (400, failed(400, "", *errors)[1]["list"])


def test_subscriptions_that_are_refused(rest: Rest, ben: Tenant, people: list[str]) -> None:
    client, path = rest.tenant.client, f"/db/{rest.tenant.database}/realtime"
    assert result_of(client.get(path)) == failed(401, NO_CREDENTIALS, name="Unauthorized")
    assert client.get(path, params={"apikey": "dc_x"}).status_code == 401
    assert result_of(client.get(path, params={"apikey": ben.key})) == failed(404, NOT_FOUND, name="NotFound")
    blind = make_key(client, rest.tenant.bearer, actions=["insert"])
    assert client.get(path, params={"apikey": blind}).status_code == 403
    page = browser_key(rest.tenant, origins=[APP])
    for key, origin in [(page, "https://evil.example"), (rest.tenant.key, APP)]:
        answer = client.get(path, params={"apikey": key}, headers={"Origin": origin})
        assert result_of(answer) == failed(403, ORIGIN_REFUSED, name="Forbidden")
    with subscribed(rest, key=page, Origin=APP) as events:
        assert next(events)[0] == "ping"
    assert result_of(client.post(path, json={"event": "x"})) == failed(401, NO_CREDENTIALS, name="Unauthorized")


def test_credentials_of_subscribers(rest: Rest) -> None:
    tenant, path = rest.tenant, f"/db/{rest.tenant.name}/realtime"
    for params, headers in [
        ({"jwt": tenant.access}, {}),
        ({"rt-apikey": tenant.key, "jwt": tenant.access}, {}),
        ({}, {"x-apikey": tenant.key}),
        ({}, {"Authorization": tenant.bearer, "Accept": "text/event-stream"}),
    ]:
        with tenant.client.stream("GET", path, params=params, headers=headers) as answer:
            assert answer.status_code == 200
            assert next(messages(answer))[0] == "ping"


def test_revoking_a_key_ends_its_stream(rest: Rest, people: list[str]) -> None:
    created = rest.tenant.ask("POST /api/keys", json={"name": "listener"}).json()
    with subscribed(rest, key=created["key"]) as events:
        next(events)
        assert rest.tenant.ask(f"DELETE /api/keys/{created['id']}").status_code == 200
        began = time.monotonic()
        ended = [name for name, _, _ in events if name != "ping"]
    assert time.monotonic() - began < 20
    assert ended == ["error"]


def test_pings_come_in_time(rest: Rest, people: list[str]) -> None:
    """A key that lists no events receives pings only."""
    with subscribed(rest, key=browser_key(rest.tenant)) as events:
        assert next(events)[0] == "ping"
        began = time.monotonic()
        rest.create("people", {"name": "Eve"})
        assert next(events)[0] == "ping"
        assert time.monotonic() - began < 20


def test_slow_readers_are_disconnected(rest: Rest, people: list[str]) -> None:
    """Other subscribers receive every event."""
    parts = urlsplit(str(rest.tenant.client.base_url))
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as slow, subscribed(rest) as events:
        path = f"/db/{rest.tenant.database}/realtime?apikey={rest.tenant.key}"
        slow.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        next(events)
        text = "x" * 1_000_000
        for number in range(40):
            assert publish(rest, "big", {"number": number, "text": text}).status_code == 200
            assert next_of(events)[2]["data"]["number"] == number
        received = bytearray()
        # The stream ends, or the connection does where the service has waited in vain to send the rest.
        while not received.endswith(b"\r\n0\r\n\r\n") and (part := slow.recv(1 << 20)):
            received += part
        assert len(received) < 30_000_000


def test_many_subscribers_receive_every_event(rest: Rest, people: list[str]) -> None:
    """Dozens of subscribers with several keys receive every event in order."""
    keys = [rest.tenant.key, *(make_key(rest.tenant.client, rest.tenant.bearer) for _ in range(3))]
    ready = threading.Barrier(LISTENERS + 1, timeout=100)

    def listen(number: int) -> list[int]:
        with subscribed(rest, key=keys[number % len(keys)]) as events:
            next(events)
            ready.wait()
            return [next_of(events)[2]["data"]["n"] for _ in range(100)]

    with ThreadPoolExecutor(LISTENERS) as pool:
        listeners = [pool.submit(listen, number) for number in range(LISTENERS)]
        ready.wait()
        for start in range(0, 100, 10):
            rest.create("pets", *({"n": number} for number in range(start, start + 10)))
        assert [item.result(timeout=100) for item in listeners] == [[*range(100)]] * LISTENERS
