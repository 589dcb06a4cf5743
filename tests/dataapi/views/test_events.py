"""Events: by long poll and as a stream, in order, none lost, with who did it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.faults.events import Source, strike
from tests.support import NOT_FOUND, Tenant, Truth, make_database, until


@pytest.fixture
def things(anna: Tenant) -> str:
    return anna.new_collection({"name": "n", "type": "number"})


def write(tenant: Tenant, verb: str, collection: str, **members: Any) -> None:
    body = {"database_id": tenant.database, "collection_name": collection, **members}
    assert tenant.ask(f"{verb} /api/crud", json=body).status_code < 300


def poll(tenant: Tenant, *, since: str = "", **params: Any) -> dict[str, Any]:
    query = {"database_id": tenant.database, **({"since": since} if since else {}), **params}
    answer = tenant.ask("GET /api/events", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def poll_on(
    tenant: Tenant, since: str, *, count: int = 1, wait: int = 5, **params: Any
) -> tuple[list[dict[str, Any]], str]:
    """Poll from token to token until `count` events came: each answer is what was found in about a second."""
    events, token = list[dict[str, Any]](), since

    def enough() -> bool:
        nonlocal token
        answer = poll(tenant, since=token, wait=wait, **params)
        events.extend(answer["events"])
        token = answer["next"]
        return len(events) >= count

    until(enough, every=0)
    return events, token


def summary(events: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(event["operation"], event["document_id"], event["version"]) for event in events]


@contextmanager
def stream(tenant: Tenant, *, last: str = "", **params: Any) -> Iterator[Iterator[tuple[str, str, Any]]]:
    """Yield the (name, id, data) of each message."""
    headers = {"Accept": "text/event-stream", "Authorization": tenant.bearer}
    headers |= {"Last-Event-ID": last} if last else {}
    query = {"database_id": tenant.database, **params}
    with tenant.client.stream("GET", "/api/events", params=query, headers=headers) as answer:
        assert answer.status_code == 200
        yield messages(answer)


def messages(answer: httpx.Response) -> Iterator[tuple[str, str, Any]]:
    message: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            field, _, value = line.partition(": ")
            message[field] = value
        elif "event" in message:
            yield message["event"], message.get("id", ""), json.loads(message["data"])
            message = {}


def test_foreign_documents_stop_nothing(anna: Tenant, things: str, truth: Truth) -> None:
    physical = anna.ask("GET /api/get_metadata", params={"database_id": anna.database}).json()["data"]["dbName"]
    start = poll(anna)["next"]
    with stream(anna) as received:
        assert next(received)[0]
        truth.write(physical, f"{things}.versions", [{"state": {}}, {"op": 1, "doc": []}])
        (one,) = anna.insert(things, [{"n": 1}])
        assert next(received)[2]["document_id"] == one
    assert summary(poll_on(anna, start)[0]) == [("insert", one, 1)]


def test_poll_returns_the_events_since_a_token(anna: Tenant, things: str) -> None:
    start = poll(anna)
    assert start["events"] == []
    (one,) = anna.insert(things, [{"n": 1}])
    write(anna, "PUT", things, filters={"_id": one}, update_data={"n": 2})
    write(anna, "DELETE", things, filters={"_id": one})
    events, token = poll_on(anna, start["next"], count=3)
    assert summary(events) == [("insert", one, 1), ("update", one, 2), ("delete", one, 2)]
    assert {event["collection"] for event in events} == {things}
    assert len({event["actor"] for event in events}) == 1
    assert token == events[-1]["token"]
    assert poll(anna, since=token, wait=0)["events"] == []


def test_poll_continues_from_the_token_of_any_event(anna: Tenant, things: str) -> None:
    start = poll(anna)["next"]
    ids = anna.insert(things, [{"n": number} for number in range(5)])
    first = until(lambda: poll(anna, since=start, limit=2, wait=5)["events"], every=0)
    rest, _ = poll_on(anna, first[-1]["token"], count=5 - len(first))
    assert len(first) <= 2
    assert [event["document_id"] for event in first + rest] == ids


def test_poll_waits_for_the_first_event(anna: Tenant, things: str) -> None:
    """Try again if there was no event: the poll may have had to read what others wrote instead of waiting."""

    def waited() -> list[dict[str, Any]]:
        start = poll(anna)["next"]
        later = threading.Timer(0.7, lambda: anna.insert(things, [{"n": 1}]))
        later.start()
        result = poll(anna, since=start, wait=20)
        later.join()
        return result["events"]

    assert [event["operation"] for event in until(waited)] == ["insert"]


def test_one_collection_alone(anna: Tenant, things: str) -> None:
    other = anna.new_collection({"name": "n", "type": "number"})
    start = poll(anna)["next"]
    anna.insert(other, [{"n": 1}])
    (one,) = anna.insert(things, [{"n": 2}])

    assert summary(poll_on(anna, start, collection_name=things)[0]) == [("insert", one, 1)]


def test_deletes_without_history_are_events_too(anna: Tenant) -> None:
    plain = anna.new_collection({"name": "n", "type": "number"}, history=False)
    one, two = anna.insert(plain, [{"n": 1}, {"n": 2}])
    start = poll(anna)["next"]
    write(anna, "DELETE", plain, filters={"_id": one})
    write(anna, "DELETE", plain, filters={"n": 2})

    events, _ = poll_on(anna, start, count=2)

    assert [(event["operation"], event["document_id"]) for event in events] == [("delete", one), ("delete", two)]


def test_updates_without_history_name_who_did_them(anna: Tenant) -> None:
    plain = anna.new_collection({"name": "n", "type": "number"}, history=False)
    one, two = anna.insert(plain, [{"n": 1}, {"n": 2}])
    start = poll(anna)["next"]
    write(anna, "PUT", plain, filters={"_id": one}, update_data={"n": 5})
    write(anna, "PUT", plain, filters={"n": {"$lte": 5}}, update_data={"n": 6})

    events, _ = poll_on(anna, start, count=3)

    assert summary(events) == [("update", one, 2), ("update", one, 3), ("update", two, 2)]
    assert events[-1]["actor"] == events[-2]["actor"] is not None


def test_stream_begins_now_and_sends_each_change(anna: Tenant, things: str) -> None:
    with stream(anna) as received:
        name, token, data = next(received)
        assert (name, data) == ("ready", {"next": token})
        (one,) = anna.insert(things, [{"n": 1}])
        name, token, data = next(received)
        assert (name, token) == ("change", data["token"])
        assert summary([data]) == [("insert", one, 1)]


def test_stream_includes_a_collection_that_is_created_later(anna: Tenant) -> None:
    with stream(anna) as received:
        next(received)
        later = anna.new_collection({"name": "n", "type": "number"})
        with ThreadPoolExecutor(1) as pool:
            change = pool.submit(next, received)
            deadline = time.monotonic() + 300
            while not change.done() and time.monotonic() < deadline:
                anna.insert(later, [{"n": 1}])
                time.sleep(0.2)
            assert change.result(timeout=60)[2]["collection"] == later


def test_stream_comes_back_with_its_last_id(anna: Tenant, things: str) -> None:
    with stream(anna) as received:
        next(received)
        first, second = anna.insert(things, [{"n": 1}, {"n": 2}])
        _, token, data = next(received)
        assert data["document_id"] == first
    (third,) = anna.insert(things, [{"n": 3}])

    with stream(anna, last=token) as received:
        assert next(received)[0] == "ready"
        assert [next(received)[2]["document_id"] for _ in range(2)] == [second, third]


def test_no_event_is_lost_however_often_the_listener_is_killed(anna: Tenant, things: str) -> None:
    """Run a small version of `python -m tests.faults.events`, which has 20,000 writes and ten kills."""
    source = Source(str(anna.client.base_url), anna.bearer, anna.database, things)
    outcome = strike(source, writes=500, kills=3)
    assert outcome.errors() == []
    assert len(outcome.messages) > len(outcome.distinct) == 500


def assert_ends(received: Iterator[tuple[str, str, Any]], message: str) -> None:
    """Check that the stream sends the reason and ends."""
    assert [item for item in received if item[0] != "change"] == [("error", "", {"message": message})]


def test_revoked_key_receives_no_more(anna: Tenant, things: str) -> None:
    created = anna.ask("POST /api/keys", json={"name": "listener"}).json()
    headers = {"Accept": "text/event-stream", "Authorization": f"Api-Key {created['key']}"}
    with anna.client.stream("GET", "/api/events", params={"database_id": anna.database}, headers=headers) as answer:
        received = messages(answer)
        assert next(received)[0] == "ready"
        assert anna.ask(f"DELETE /api/keys/{created['id']}").status_code in (200, 204)
        assert_ends(received, "Invalid API Key.")
    assert anna.count(things) == 0


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_two_credentials_are_refused(anna: Tenant, ben: Tenant, accept: str) -> None:
    headers = [("Accept", accept), ("Authorization", ben.bearer), ("Authorization", anna.bearer)]
    answer = anna.client.get("/api/events", params={"database_id": anna.database}, headers=headers)
    assert answer.status_code == 401


def test_a_stream_says_that_its_database_is_gone(anna: Tenant) -> None:
    database, name = make_database(anna.client, anna.bearer)
    headers = {"Accept": "text/event-stream", "Authorization": anna.bearer}
    with anna.client.stream("GET", "/api/events", params={"database_id": database}, headers=headers) as answer:
        received = messages(answer)
        assert next(received)[0] == "ready"
        body = {"database_id": database, "confirmation": name}
        assert anna.ask("DELETE /api/drop_database", json=body).is_success
        assert_ends(received, NOT_FOUND)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"since": "x"}, "since"),
        ({"since": "1-1-zz"}, "since"),
        ({"wait": "21"}, "wait"),
        ({"limit": "0"}, "limit"),
        ({"database_id": ""}, "database_id"),
    ],
)
def test_bad_input_is_named(anna: Tenant, params: dict[str, str], field: str) -> None:
    answer = anna.ask("GET /api/events", params={"database_id": anna.database, **params})

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("token", ["0-0-", "1-1-", "1-1-820000000100000001", "ffffffff-1-82"])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_token_outside_the_oplog_is_a_conflict(anna: Tenant, token: str, accept: str) -> None:
    for query, headers in [({"since": token}, {}), ({}, {"Last-Event-ID": token})]:
        if headers and accept == "application/json":
            continue  # the header is of streams alone
        params = {"database_id": anna.database, "wait": "5", **query}
        answer = anna.ask("GET /api/events", params=params, headers={"Accept": accept, **headers})
        assert answer.status_code == 409, answer.text
        assert "listen from now on" in answer.json()["message"]


FOREIGN = 30_000


def test_what_others_wrote_does_not_keep_a_listener_from_resuming(anna: Tenant, things: str, truth: Truth) -> None:
    """Run a small version of figure 7 of `./dev faults`, which has 300,000 foreign documents."""
    start = poll(anna)["next"]
    foreign = f"foreign_{anna.database}"
    try:
        for _ in range(FOREIGN // 10_000):
            truth.write(foreign, "docs", [{} for _ in range(10_000)])
        (one,) = anna.insert(things, [{"n": 1}])
        events, _ = poll_on(anna, start, wait=0)
        assert summary(events) == [("insert", one, 1)]
        with stream(anna, last=start) as received:
            assert [next(received)[0] for _ in range(2)] == ["ready", "change"]
    finally:
        truth.drop(foreign)


def test_stranger_receives_nothing(anna: Tenant, ben: Tenant, things: str) -> None:
    for headers in ({}, {"Accept": "text/event-stream"}):
        answer = ben.ask("GET /api/events", params={"database_id": anna.database}, headers=headers)
        assert (answer.status_code, answer.json()["message"]) == (404, NOT_FOUND)
    start = poll(ben)["next"]
    anna.insert(things, [{"n": 1}])
    assert poll(ben, since=start, wait=1)["events"] == []


def test_key_without_read_is_refused(anna: Tenant) -> None:
    key = anna.new_key(name="k", actions=["insert"])

    assert anna.ask("GET /api/events", auth=key, params={"database_id": anna.database}).status_code == 403
