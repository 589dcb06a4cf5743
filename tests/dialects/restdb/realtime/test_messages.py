"""Realtime: what is heard, by whom, in which words, and when the hearing ends."""

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

from tests.dialects.restdb.support import Rest, failed, told
from tests.dialects.restdb.test_web_keys import APP, ORIGIN_REFUSED, web_key
from tests.support import NO_CREDENTIALS, NOT_FOUND, Tenant, make_key

LISTENERS = 60
Message = tuple[str, str, Any]


@contextmanager
def hearing(rest: Rest, *, key: str | None = None, last: str = "", **headers: str) -> Iterator[Iterator[Message]]:
    """(event, id, data) of each message, beginning with the first ping."""
    params = {"apikey": rest.tenant.key if key is None else key}
    headers |= {"Last-Event-ID": last} if last else {}
    path = f"/db/{rest.tenant.database}/realtime"
    with httpx.stream(
        "GET", f"{rest.tenant.client.base_url}{path}", params=params, headers=headers, timeout=30, trust_env=False
    ) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream"
        yield messages(answer)


def messages(answer: httpx.Response) -> Iterator[Message]:
    found: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif "event" in found:
            text = found["data"]
            yield found["event"], found.get("id", ""), text if found["event"] == "ping" else json.loads(text)
            found = {}


def publish(rest: Rest, event: Any, data: Any, *, key: str | None = None) -> httpx.Response:
    path = f"/db/{rest.tenant.database}/realtime"
    headers = {"x-apikey": rest.tenant.key if key is None else key}
    return rest.tenant.client.post(path, json={"event": event, "data": data}, headers=headers)


def next_of(heard: Iterator[Message]) -> Message:
    return next(message for message in heard if message[0] != "ping")


def test_what_is_heard(rest: Rest, people: list[str]) -> None:
    joe, ann, bob = people
    with hearing(rest) as heard:
        name, _, text = next(heard)
        assert name == "ping"
        assert abs(datetime.fromisoformat(text).timestamp() - time.time()) < 5
        (eve,) = rest.made("people", {"name": "Eve", "born": "2000-01-02"})
        rest.ask(f"PUT people/{joe}", json={"age": 1})
        rest.ask(f"PATCH people/{ann}", json={"age": 2})
        rest.ask(f"DELETE people/{bob}")
        assert told(publish(rest, "chat", {"text": "Hello"})) == (200, {"message": "OK"})
        rest.tenant.insert("pets", [{"name": "Rex"}])
        found = [next_of(heard) for _ in range(6)]
    rex = found[5][2]["data"]["_id"]
    assert [(name, data) for name, _, data in found] == [
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


def test_who_comes_back_hears_what_was_missed(rest: Rest, people: list[str]) -> None:
    with hearing(rest) as heard:
        next(heard)
        rest.ask(f"PUT people/{people[0]}", json={"age": 1})
        _, place, _ = next_of(heard)
    rest.ask(f"DELETE people/{people[1]}")
    publish(rest, "chat", 7)
    with hearing(rest, last=place) as heard:
        assert [next_of(heard)[2]["data"] for _ in range(2)] == [[people[1]], 7]
        rest.ask(f"DELETE people/{people[2]}")
        assert next_of(heard)[2]["data"] == [people[2]]
    for number, foreign in enumerate(("nothing of ours", "ffffffff-1-82")):
        with hearing(rest, last=foreign) as heard:
            name, place, _ = next(heard)  # it has heard nothing, and can come back all the same
        publish(rest, "chat", number)
        with hearing(rest, last=place) as heard:
            assert next(heard)[:2] == ("ping", place)
            assert next_of(heard)[2]["data"] == number


def test_a_token_from_before_the_oplog_is_a_conflict(rest: Rest) -> None:
    path = f"/db/{rest.tenant.database}/realtime"
    headers = {"Last-Event-ID": "1-1-"}
    answer = rest.tenant.client.get(path, params={"apikey": rest.tenant.key}, headers=headers)
    assert answer.status_code == 409, answer.text
    assert "listen from now on" in answer.json()["message"]


def test_a_key_hears_what_it_names(rest: Rest, people: list[str]) -> None:
    key = web_key(rest.tenant, actions=["read", "insert"], realtime=["POST:people", "DELETE:pets", "chat"])
    with hearing(rest, key=key) as heard:
        next(heard)
        rest.ask(f"PUT people/{people[0]}", json={"age": 1})
        rest.made("pets", {"name": "Rex"})
        publish(rest, "secret", 1)
        rest.made("people", {"name": "Eve"})
        publish(rest, "chat", 1, key=key)
        assert [next_of(heard)[0] for _ in range(2)] == ["post", "publish"]
    text = "This key may not publish 'secret'."
    assert told(publish(rest, "secret", 1, key=key)) == failed(403, text, name="Forbidden")
    reader = web_key(rest.tenant, actions=["read"], realtime=["chat"])
    assert publish(rest, "chat", 1, key=reader).status_code == 403


@pytest.mark.parametrize(
    ("event", "data", "faults"),
    [
        (None, 1, [("event", "Must be the name of the message, a text.")]),
        ("", 1, [("event", "Must be the name of the message, a text.")]),
        ("x" * 201, 1, [("event", "Must have 1 to 200 characters, without NUL.")]),
        ("x", {"$a": 1}, [("data", "A field name must not begin with '$'.")]),
    ],
)
def test_messages_that_are_none(rest: Rest, event: Any, data: Any, faults: list[Any]) -> None:
    status, body = told(publish(rest, event, data))
    assert (status, body["list"]) == (400, failed(400, "", *faults)[1]["list"])


def test_who_may_not_listen(rest: Rest, ben: Tenant, people: list[str]) -> None:
    client, path = rest.tenant.client, f"/db/{rest.tenant.database}/realtime"
    assert told(client.get(path)) == failed(401, NO_CREDENTIALS, name="Unauthorized")
    assert client.get(path, params={"apikey": "dc_x"}).status_code == 401
    assert told(client.get(path, params={"apikey": ben.key})) == failed(404, NOT_FOUND, name="NotFound")
    blind = make_key(client, rest.tenant.bearer, actions=["insert"])
    assert client.get(path, params={"apikey": blind}).status_code == 403
    page = web_key(rest.tenant, origins=[APP])
    for key, origin in [(page, "https://evil.example"), (rest.tenant.key, APP)]:
        answer = client.get(path, params={"apikey": key}, headers={"Origin": origin})
        assert told(answer) == failed(403, ORIGIN_REFUSED, name="Forbidden")
    with hearing(rest, key=page, Origin=APP) as heard:
        assert next(heard)[0] == "ping"
    assert told(client.post(path, json={"event": "x"})) == failed(401, NO_CREDENTIALS, name="Unauthorized")


def test_credentials_of_listeners(rest: Rest) -> None:
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


def test_a_revoked_key_hears_no_more(rest: Rest, people: list[str]) -> None:
    made = rest.tenant.ask("POST /api/keys", json={"name": "listener"}).json()
    with hearing(rest, key=made["key"]) as heard:
        next(heard)
        assert rest.tenant.ask(f"DELETE /api/keys/{made['id']}").status_code == 200
        began = time.monotonic()
        ended = [message[0] for message in heard]
    assert time.monotonic() - began < 2
    assert ended == ["error"]


def test_pings_come_in_time(rest: Rest, people: list[str]) -> None:
    """And nothing else, where the key names nothing."""
    with hearing(rest, key=web_key(rest.tenant)) as heard:
        assert next(heard)[0] == "ping"
        began = time.monotonic()
        rest.made("people", {"name": "Eve"})
        assert next(heard)[0] == "ping"
        assert time.monotonic() - began < 10


def test_who_does_not_read_is_cut_off(rest: Rest, people: list[str]) -> None:
    """And keeps nobody else from hearing."""
    parts = urlsplit(str(rest.tenant.client.base_url))
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as slow, hearing(rest) as heard:
        path = f"/db/{rest.tenant.database}/realtime?apikey={rest.tenant.key}"
        slow.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        next(heard)
        text = "x" * 1_000_000
        for number in range(40):
            assert publish(rest, "big", {"number": number, "text": text}).status_code == 200
            assert next_of(heard)[2]["data"]["number"] == number
        received = bytearray()
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received += slow.recv(1 << 20)
        assert len(received) < 30_000_000


def test_many_hear_everything(rest: Rest, people: list[str]) -> None:
    """Dozens of listeners, some with keys of their own, and every event to each in order."""
    keys = [rest.tenant.key, *(make_key(rest.tenant.client, rest.tenant.bearer) for _ in range(3))]
    ready = threading.Barrier(LISTENERS + 1, timeout=30)

    def listen(number: int) -> list[int]:
        with hearing(rest, key=keys[number % len(keys)]) as heard:
            next(heard)
            ready.wait()
            return [next_of(heard)[2]["data"]["n"] for _ in range(100)]

    with ThreadPoolExecutor(LISTENERS) as pool:
        listeners = [pool.submit(listen, number) for number in range(LISTENERS)]
        ready.wait()
        for start in range(0, 100, 10):
            rest.made("pets", *({"n": number} for number in range(start, start + 10)))
        assert [item.result(timeout=60) for item in listeners] == [[*range(100)]] * LISTENERS
