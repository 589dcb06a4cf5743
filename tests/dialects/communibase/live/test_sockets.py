"""Sockets over HTTP: what is sent after each change, who may listen, and how sessions begin and end."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from datacube import settings as defaults
from dialects.communibase.live.packets import decode, encode
from dialects.communibase.live.sockets import Sockets
from tests.dialects.communibase.live.polling import PATH, PollingClient, listener, open_clients, packets_of
from tests.dialects.communibase.support import failed, result_of
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.support import MISSING_ID, NO_CREDENTIALS, NOT_FOUND, Tenant, make_database

SECONDS = defaults.MAX_WAIT_SECONDS + 5


@pytest.fixture(autouse=True)
def closed_sockets() -> Iterator[None]:
    yield
    while open_clients:
        open_clients.pop().close()


def ask(tenant: Tenant, route: str, **request: Any) -> Any:
    answer = tenant.ask(route, **request)
    assert answer.is_success, answer.text
    return answer.json()


def test_the_handshake(anna: Tenant) -> None:
    client = PollingClient(anna.client, {"api_key": anna.key})
    handshake = client.open()
    assert len(handshake.pop("sid")) == 24
    assert handshake == {"upgrades": ["websocket"], "pingInterval": SECONDS * 1000, "pingTimeout": SECONDS * 2000}


def test_each_change_of_any_dialect_is_a_message(anna: Tenant) -> None:
    client = listener(anna)
    target = {"database_id": anna.database, "collection_name": "films"}
    (film,) = anna.insert("films", [{"Title": "Slam"}])
    assert client.messages(1) == [f"films|{film}"]
    ask(anna, "PUT /api/crud", json={**target, "filters": {"_id": film}, "update_data": {"Title": "Slam!"}})
    assert client.messages(1) == [f"films|{film}"]
    rest = f"/db/{anna.database}/rest/films/{film}"
    assert anna.client.delete(rest, headers={"x-apikey": anna.key}).is_success
    assert client.messages(1) == [f"films|{film}"]
    ask(anna, "POST /api/undelete", json={**target, "document_id": film})
    assert client.messages(1) == [f"films|{film}"]
    assert anna.upload(b'[{"Title": "A"}, {"Title": "B"}]', collection_name="films").is_success
    ids = {item["_id"] for item in anna.find("films", page_size=100)["data"]}
    assert {*client.messages(2)} == {f"films|{id}" for id in ids - {film}}


def test_a_change_between_two_polls_is_not_lost(anna: Tenant) -> None:
    client = listener(anna, join=False)
    before = anna.insert("films", [{"Title": "before the join"}])
    client.join(anna.name)
    ids = [*before, *anna.insert("films", [{"Title": str(number)} for number in range(20)])]
    assert client.messages(len(ids)) == [f"films|{id}" for id in ids]
    later = anna.insert("films", [{"Title": "later"}])
    assert client.messages(1) == [f"films|{id}" for id in later]


def test_a_client_that_was_cut_off_misses_nothing(anna: Tenant, ben: Tenant) -> None:
    """Check a client that connects again after its process of the service was killed, or its network was down."""
    lost, foreign = listener(anna), listener(ben)
    (seen,) = anna.insert("films", [{"Title": "seen"}])
    assert lost.messages(1) == [f"films|{seen}"]
    missed = anna.insert("films", [{"Title": str(number)} for number in range(3)])
    anna.add({"name": "made_in_between", "fields": [{"name": "a"}]})
    again = listener(anna)
    messages = again.messages(5)
    # Its last answer may not have reached the client, which has not polled again.
    assert [text for text in messages if text.startswith("films|")] == [f"films|{id}" for id in (seen, *missed)]
    # A process that has the entity types in its cache sends their change later.
    assert len([text for text in messages if text.startswith("EntityType|")]) == 1
    (foreign_id,) = ben.insert("films", [{"Title": "of another team"}])
    assert foreign.messages(1) == [f"films|{foreign_id}"]
    lost.close()
    again.close()
    fresh = listener(anna)
    later = anna.insert("films", [{"Title": "later"}])
    assert fresh.messages(1) == [f"films|{id}" for id in later]


def test_a_client_whose_request_failed_misses_nothing(anna: Tenant) -> None:
    """Check what the published client does then: it sends the end of its session, and opens another one."""
    database, _ = make_database(anna.client, anna.bearer)
    things = {"database_id": database, "collection_name": "films"}
    lost = PollingClient(anna.client, {}, {"x-access-token": anna.access})
    lost.open()
    lost.join(database)

    def insert(count: int) -> list[str]:
        ids = ask(anna, "POST /api/crud", json={**things, "data": [{"Title": "x"}] * count})["inserted_ids"]
        return [f"films|{id}" for id in ids]

    messages = insert(1)
    assert lost.messages(1) == messages
    messages += insert(2)
    lost.post("1")
    assert result_of(lost.request("GET")) == failed(400, f"sid: {UNKNOWN}", ("sid", UNKNOWN))
    messages += insert(2)
    again = PollingClient(anna.client, {}, {"x-access-token": anna.access})
    again.open()
    again.join(database)
    # Its last answer may not have reached the client, which has not polled again.
    assert again.messages(5) == messages


def test_a_poll_that_is_repeated_gets_the_same_messages(anna: Tenant) -> None:
    """Check what proxies and browsers do when a connection breaks: they send a GET again."""
    client = listener(anna)
    (first,) = anna.insert("films", [{"Title": "first"}])
    answers = [packets_of(client.request("GET", t="a")) for _ in range(2)]
    assert answers == [[f'42["message","films|{first}"]']] * 2
    (second,) = anna.insert("films", [{"Title": "second"}])
    # A client without timestamps of its own, that always sends the same, receives the next ones as well.
    assert packets_of(client.request("GET", t="a")) == [f'42["message","films|{second}"]']
    (third,) = anna.insert("films", [{"Title": "third"}])
    assert client.messages(1) == [f"films|{third}"]


def test_scripts_and_forms_of_old_browsers(anna: Tenant) -> None:
    client = listener(anna, join=False)
    form = {"d": encode([f'42["join","{anna.database}_dirty"]']).decode()}
    answer = client.request("POST", content=urlencode(form), j="2")
    assert (answer.status_code, answer.text) == (200, "ok")
    (film,) = anna.insert("films", [{"Title": "by a script"}])
    answer = client.request("GET", j="2")
    assert answer.headers["content-type"] == "text/javascript; charset=UTF-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    payload = encode([f'42["message","films|{film}"]']).decode()
    assert answer.text == f"___eio[2]({json.dumps(payload)});"
    assert result_of(client.request("POST", content=encode(["2"]), j="2")) == failed(400, MALFORMED)


def test_pages_of_other_origins_may_poll(anna: Tenant) -> None:
    origin = "https://app.example.com"
    client = PollingClient(anna.client, {"api_key": anna.key}, {"Origin": origin})
    client.open()
    readable = {"access-control-allow-origin": origin, "access-control-allow-credentials": "true", "vary": "Origin"}
    for answer in (client.request("POST", content=encode(["2"])), client.request("GET", EIO="4")):
        assert {name: answer.headers.get(name) for name in readable} == readable
    client.headers["Access-Control-Request-Method"] = "POST"
    asked = client.request("OPTIONS", sid="")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["access-control-allow-methods"] == "GET, POST"
    assert "x-api-key" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in PollingClient(anna.client, {}).request("GET").headers


def test_a_message_comes_soon(anna: Tenant) -> None:
    client = listener(anna)
    anna.insert("films", [{"Title": "first"}])
    client.messages(1)
    started = time.monotonic()
    anna.insert("films", [{"Title": "second"}])
    client.messages(1)
    assert time.monotonic() - started < 20


def test_changes_of_entity_types_are_messages(anna: Tenant) -> None:
    client = listener(anna)
    types = f"/communibase/{anna.database}/0.1/EntityType.json/crud"
    person = {"x-access-token": anna.access}
    created = anna.client.post(types, json={"title": "Person", "attributes": []}, headers=person).json()
    assert client.messages(1) == [f"EntityType|{created['_id']}"]
    anna.add({"name": "made_by_another_dialect", "fields": [{"name": "a"}]})
    listed = {item["title"]: item["_id"] for item in anna.client.get(types, headers=person).json()}
    assert client.messages(1) == [f"EntityType|{listed['made_by_another_dialect']}"]
    changed = {**created, "attributes": [{"title": "name", "type": "string"}]}
    assert anna.client.put(f"{types}/{created['_id']}", json=changed, headers=person).is_success
    assert client.messages(1) == [f"EntityType|{created['_id']}"]


@pytest.mark.parametrize("name", ["x-api-key", "x-access-token"])
def test_credentials_in_headers(anna: Tenant, name: str) -> None:
    secret = anna.key if name == "x-api-key" else anna.access
    client = PollingClient(anna.client, {}, {name: secret})
    client.open()
    client.join(anna.database)
    ids = anna.insert("films", [{"Title": name}])
    assert client.messages(1) == [f"films|{id}" for id in ids]


ONLY_3 = "Only Engine.IO 3 is served, for socket.io-client 2."
TRANSPORTS = "Only the transports polling and websocket are served."
CALLBACKS = "Must be the number of a callback."
MALFORMED = "The payload is malformed: it must be `<length>:<packet>`, repeated."
UNKNOWN = "This session is unknown or has ended; connect again."


@pytest.mark.parametrize(
    ("query", "result"),
    [
        ({}, failed(401, NO_CREDENTIALS)),
        ({"api_key": "x"}, failed(401, "Invalid API Key.")),
        ({"token": "x"}, failed(401, "Token is invalid or expired")),
        ({"EIO": "4"}, failed(400, f"EIO: {ONLY_3}", ("EIO", ONLY_3))),
        ({"transport": "flashsocket"}, failed(400, f"transport: {TRANSPORTS}", ("transport", TRANSPORTS))),
        (
            {"transport": "websocket"},
            failed(400, "transport: This request came by polling.", ("transport", "This request came by polling.")),
        ),
        ({"j": "a"}, failed(400, f"j: {CALLBACKS}", ("j", CALLBACKS))),
    ],
)
def test_handshakes_that_are_refused(anna: Tenant, query: dict[str, str], result: Any) -> None:
    answer = PollingClient(anna.client, {}).request("GET", **query)
    assert result_of(answer) == result
    assert answer.headers["content-type"] == "application/json"


def test_a_browser_key_opens_no_socket(anna: Tenant) -> None:
    client = PollingClient(anna.client, {"api_key": browser_key(anna, origins=["*"])})
    answer = client.request("GET")
    assert result_of(answer) == failed(403, "This is a browser key: it is valid for URLs below /db only.")


@pytest.mark.parametrize(
    ("method", "content", "result"),
    [
        ("POST", b"", failed(400, MALFORMED)),
        ("POST", b"9:2", failed(400, MALFORMED)),
        ("POST", b"1" * 20_000, failed(413, "A payload has at most 16384 bytes and 100 packets.")),
        ("PUT", b"1:2", failed(405, "The method PUT is not allowed here; use GET, POST, OPTIONS.")),
    ],
)
def test_requests_that_are_refused(anna: Tenant, method: str, content: bytes, result: Any) -> None:
    client = listener(anna)
    assert result_of(client.request(method, content=content)) == result
    client.post("2")
    assert client.poll() == ["3"]


@pytest.mark.parametrize("packets", [["5"], ["4"], ["41"], ["42{}"], ['42["chat",1]'], ["b4AAAA"], ["451-[]"]])
def test_packets_that_say_nothing_are_ignored(anna: Tenant, packets: list[str]) -> None:
    client = listener(anna, join=False)
    client.post(*packets, "2probe")
    assert client.poll() == ["3probe"]


@pytest.mark.parametrize("room", ['"{foreign}_dirty"', '"{missing}_dirty"', '"_dirty"', '"{foreign}"', "1", ""])
def test_rooms_that_are_refused(anna: Tenant, ben: Tenant, room: str) -> None:
    """A refusal is an error of the socket, which stays open and may join another room."""
    client = listener(anna, join=False)
    room = room.format(foreign=ben.database, missing=MISSING_ID)
    client.post(f'42["join"{"," if room else ""}{room}]')
    text = NOT_FOUND if "_dirty" in room else "Join `<administrationId>_dirty`, where the id is that of a database."
    assert client.poll() == [f"44{json.dumps(text)}"]
    client.join(anna.database)
    ben.insert("films", [{"Title": "foreign"}])
    ids = anna.insert("films", [{"Title": "own"}])
    assert client.messages(1) == [f"films|{id}" for id in ids]


def test_a_socket_has_one_room(anna: Tenant) -> None:
    client = PollingClient(anna.client, {}, {"x-access-token": anna.access})
    client.open()
    client.join(anna.database)
    client.join(anna.database)
    database, _ = make_database(anna.client, anna.bearer)
    client.join(database)
    assert client.poll() == ['44"This socket listens to another database; open one for each."']


def test_a_session_is_its_teams(anna: Tenant, ben: Tenant) -> None:
    client = listener(anna)
    stolen = PollingClient(anna.client, {"api_key": ben.key}, sid=client.sid)
    for answer in (stolen.request("GET"), stolen.request("POST", content=encode(["1"]))):
        assert result_of(answer) == failed(400, f"sid: {UNKNOWN}", ("sid", UNKNOWN))
    without_key = PollingClient(anna.client, {}, sid=client.sid)
    assert without_key.request("GET").status_code == 401
    client.post("2")
    assert client.poll() == ["3"]


def test_a_closed_session_is_unknown(anna: Tenant) -> None:
    client = listener(anna)
    client.post("41", "1")
    assert result_of(client.request("GET")) == failed(400, f"sid: {UNKNOWN}", ("sid", UNKNOWN))
    client.sid = "a b"
    text = "Must be the session id of a handshake."
    assert result_of(client.request("GET")) == failed(400, f"sid: {text}", ("sid", text))


def test_a_revoked_key_receives_nothing(anna: Tenant) -> None:
    created = ask(anna, "POST /api/keys", json={"name": "a key", "databases": [anna.database]})
    client = PollingClient(anna.client, {"api_key": created["key"]})
    client.open()
    client.join(anna.database)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.request, "GET")
        assert anna.ask(f"DELETE /api/keys/{created['id']}").is_success
        assert result_of(waiting.result()) == failed(401, "Invalid API Key.")
    assert result_of(client.request("GET")) == failed(401, "Invalid API Key.")


def test_no_secret_is_logged(anna: Tenant, home: Path) -> None:
    client = listener(anna)
    client.post("1")
    client.request("GET", EIO="4")
    logs = b"".join(path.read_bytes() for path in (home / "logs").iterdir())
    assert anna.key.encode() not in logs


# --- in this process, with settings of its own --------------------------------------------------------


class InProcess:
    """Sockets of this process, and requests to them without credentials, from an address of their own."""

    def __init__(self) -> None:
        self._sockets = Sockets()
        self._address = str(IPv4Address(secrets.randbits(32)))

    async def respond(self, method: str = "GET", body: bytes = b"", **query: str) -> tuple[int, bytes]:
        """Return status and body of a response."""
        sent: list[dict[str, Any]] = []
        incoming = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not incoming:
                await asyncio.sleep(60)
            return incoming.pop()

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        text = urlencode({"EIO": "3", "transport": "polling", **query}).encode()
        address = {"type": "http", "method": method, "path": PATH, "raw_path": PATH.encode(), "query_string": text}
        await self._sockets.serve({**address, "headers": [], "client": (self._address, 1)}, receive, send)
        return sent[0]["status"], sent[1]["body"]

    async def open(self) -> str:
        """Return the id of a new session."""
        status, body = await self.respond()
        assert status == 200
        sid: str = json.loads(decode(body)[0][1:])["sid"]
        return sid


@pytest.fixture
def without_key(settings: Any, service_url: str) -> Any:
    settings.COMMUNIBASE_SOCKETS_WITHOUT_KEY = True
    settings.MAX_WAIT_SECONDS = 0.3
    return settings


def test_an_idle_poll_ends_with_nothing(without_key: Any) -> None:
    async def test() -> None:
        process = InProcess()
        sid = await process.open()
        assert await process.respond(sid=sid) == (200, b"1:6")

    asyncio.run(test())


def test_the_number_of_sessions_is_limited(without_key: Any) -> None:
    async def test() -> None:
        process = InProcess()
        without_key.MAX_SOCKET_SESSIONS = 2
        sids = [await process.open() for _ in range(2)]
        status, body = await process.respond()
        assert (status, json.loads(body)["message"]) == (
            429,
            "At most 2 sockets are open at a time (MAX_SOCKET_SESSIONS).",
        )
        assert await process.respond("POST", b"1:1", sid=sids[0]) == (200, b"ok")
        await process.open()

    asyncio.run(test())


def test_without_valkey_sockets_are_unavailable(without_key: Any) -> None:
    async def test() -> None:
        without_key.REDIS_URL = "redis://127.0.0.1:1/0"
        status, body = await InProcess().respond()
        assert (status, json.loads(body)["code"]) == (503, 503)

    asyncio.run(test())
