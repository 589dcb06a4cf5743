"""Events that a key with a row filter receives: those of visible documents, by requests and by open streams."""

from __future__ import annotations

import json
from typing import Any

import httpx
from websockets.sync.client import connect

from tests.scopes.conftest import FIELDS, FILTER, HIDDEN, MASKED, Key, Shop
from tests.support import until


def act(shop: Shop) -> list[tuple[str, str]]:
    """Change visible and hidden documents; return the events that a key of `ann` receives: operation and id."""
    target = {"database_id": shop.tenant.database, "collection_name": "orders"}

    def update(document: str, **values: Any) -> None:
        body = {**target, "filters": {"_id": document}, "update_data": values}
        assert shop.tenant.ask("PUT /api/crud", json=body).is_success

    seen, hidden = shop.tenant.insert(
        "orders", [{"owner": "ann", "item": "seen", "margin": 1}, {"owner": "ben", "item": "Ben's desk"}]
    )
    update(shop.ann, item="b")
    update(shop.ben, item="Ben's desk 2")
    update(hidden, item="Ben's desk 3")
    for document in (hidden, shop.ann):
        body = {**target, "filters": {"_id": document}}
        assert shop.tenant.ask("DELETE /api/crud", json=body).is_success
    update(seen, margin=2)
    return [("insert", seen), ("delete", shop.ann), ("update", seen)]


def polled(key: Key, since: str) -> tuple[list[tuple[str, str]], str]:
    """Return the operations and ids of events, and the token to continue from."""
    answer = key.get("/api/events", since=since)
    assert answer.status_code == 200, answer.text
    assert not any(text in answer.text for text in (*HIDDEN, *MASKED))
    events = [(event["operation"], event["document_id"]) for event in answer.json()["events"]]
    return events, answer.json()["next"]


def test_events_by_requests(shop: Shop) -> None:
    key = shop.key(filter=FILTER, fields=FIELDS)
    since = token = key.get("/api/events").json()["next"]
    expected = act(shop)
    events: list[tuple[str, str]] = []

    def enough() -> bool:
        """Read on: one answer is what was found in about a second."""
        nonlocal token
        found, token = polled(key, token)
        events.extend(found)
        return len(events) >= len(expected)

    until(enough)
    # The update of a document that was deleted afterwards is not shown: it is judged as it is now.
    assert events == expected
    others = shop.key(filter={"owner": "nobody"})
    assert polled(others, since)[0] == []


def test_events_of_an_open_stream(shop: Shop) -> None:
    key = shop.key(filter=FILTER, fields=FIELDS)
    path = f"/api/events?database_id={shop.tenant.database}&collection_name=orders"
    headers = {"Accept": "text/event-stream", "Authorization": key.text}
    received: list[str] = []
    with httpx.stream("GET", f"{shop.tenant.client.base_url}{path}", headers=headers, timeout=60) as stream:
        lines = stream.iter_lines()
        next(lines)  # the stream is open
        act(shop)
        for line in lines:
            received.append(line)
            if "delete" in line and shop.ann in line:
                break
    text = "".join(received)
    assert shop.ben not in text
    assert not any(secret in text for secret in (*HIDDEN, *MASKED))


def test_events_of_a_socket(shop: Shop) -> None:
    key = shop.key(filter=FILTER, fields=FIELDS)
    base = str(shop.tenant.client.base_url).replace("http", "ws", 1).rstrip("/")
    address = f"{base}/db/{shop.tenant.database}/realtime?apikey={key.text.removeprefix('Api-Key ')}"
    with connect(address, proxy=None, max_size=None, open_timeout=120) as connection:
        assert json.loads(connection.recv(timeout=120))["event"] == "ping"
        seen = act(shop)[0][1]
        messages: list[dict[str, Any]] = []
        while not messages or messages[-1]["event"] != "delete":
            message = json.loads(connection.recv(timeout=120))
            messages += [message] if message["event"] != "ping" else []
    created = messages[0]["data"]
    assert (created["collection"], created["data"]["_id"], created["data"]["item"]) == ("orders", seen, "seen")
    assert messages[-1]["data"]["data"] == [shop.ann]
    text = json.dumps(messages)
    assert shop.ben not in text
    assert not any(secret in text for secret in (*HIDDEN, *MASKED))


def test_a_key_that_may_not_read_receives_nothing(shop: Shop) -> None:
    assert shop.key(actions=["insert"]).get("/api/events").status_code == 403
