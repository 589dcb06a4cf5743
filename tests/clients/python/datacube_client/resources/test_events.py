"""Events by both clients: in order, and without a gap across a broken connection."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest

from datacube_client import ConflictError, Database, EventStreamError, NoResponseError, Retries
from datacube_client.clients import Collection
from datacube_client.core.effects import Body, Close, Emit, Open, Read, Send, Sleep
from datacube_client.core.sending import Credentials, Session
from datacube_client.resources import events
from tests.support import Tenant


@pytest.fixture
def people(database: Database, anna: Tenant) -> Collection:
    return database.collection(anna.new_collection({"name": "n", "type": "number"}))


def test_a_long_poll(database: Database, people: Collection) -> None:
    name = people._members["collection_name"]
    since = database.read_events()["next"]
    (document_id,) = people.insert([{"n": 1}])
    page = database.read_events(since, collection=name, wait=20, limit=1)
    assert [event["document_id"] for event in page["events"]] == [document_id]


def test_changes_come_in_order(database: Database, people: Collection) -> None:
    name = people._members["collection_name"]
    since = database.read_events()["next"]
    (document_id,) = people.insert([{"n": 1}])
    people.update({"_id": document_id}, {"n": 2})
    people.delete({"_id": document_id})
    changes = list(itertools.islice(database.events(since, collection=name), 3))
    assert [change["operation"] for change in changes] == ["insert", "update", "delete"]
    rest = list(itertools.islice(database.events(changes[0]["token"], collection=name), 2))
    assert rest == changes[1:]


def test_a_position_that_is_not_reached(database: Database) -> None:
    with pytest.raises(ConflictError):
        next(iter(database.events("7b00dff4-2-827B00DFF4000000022B0429296E1404")))


# --- the flow by itself: what it asks for after each outcome ------------------------------------------


def play(script: list[Any], *, patience: float = 60.0) -> tuple[list[Any], list[httpx.QueryParams]]:
    """Run the stream on these outcomes of `Send` and `Read`. Returns its items, and the query of each request."""
    retries = Retries(attempts=1, delay=0)
    driver: Any = type("Idle", (), {"session": Session(Credentials(), retries)})()
    stream = Database.events.build(Database(driver, "1" * 24), "t0", patience=patience)
    items, queries, outcome = [], [], None
    while True:
        effect = stream.throw(outcome) if isinstance(outcome, Exception) else stream.send(outcome)
        if isinstance(effect, Emit):
            items.append(effect.item["token"])
        if isinstance(effect, Send):
            queries.append(effect.request.arguments["params"].get("since"))
        if isinstance(effect, Emit | Close | Sleep):
            outcome = None
        elif isinstance(effect, Open):
            outcome = Body(effect.response, iter(()))
        elif script:
            assert isinstance(effect, Send | Read)
            outcome = script.pop(0)
        else:
            return items, queries


def message(name: str, **data: str) -> bytes:
    return f"event: {name}\ndata: {httpx.Response(200, json=data).text}\n\n".encode()


OPENED = httpx.Response(200)


def test_a_broken_connection_is_resumed_behind_the_last_event() -> None:
    broken = httpx.ReadError("broken")
    script = [OPENED, message("ready", next="t0"), message("change", token="t1") + b"event: ch", broken]
    assert play([*script, httpx.ConnectError("down"), OPENED, message("change", token="t2"), b"", OPENED]) == (
        ["t1", "t2"],
        ["t0", "t1", "t1", "t2"],
    )


def test_a_gap_and_an_overloaded_service_are_resumed() -> None:
    script = [OPENED, message("change", token="t1") + message("gap"), b"", httpx.Response(503, json={}), OPENED]
    assert play(script) == (["t1"], ["t0", "t1", "t1"])


def test_the_end_of_access_ends_the_stream() -> None:
    with pytest.raises(EventStreamError, match="revoked"):
        play([OPENED, message("error", message="The key was revoked.")])


def test_an_unreachable_service_is_an_error_after_the_patience() -> None:
    with pytest.raises(NoResponseError):
        play([httpx.ConnectError("down")] * 3, patience=-1.0)


def test_a_refusal_is_raised_at_once() -> None:
    with pytest.raises(ConflictError):
        play([httpx.Response(409, json={"message": "too old"})])


def test_the_silence_is_longer_than_the_services_comments() -> None:
    assert events._SILENCE_SECONDS > 2 * 10
