"""Subscriptions over a WebSocket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.dialects.airsequel.graphql.support import GraphClient
from tests.support import Tenant

PROTOCOL = Subprotocol("graphql-transport-ws")
READ = "subscription { books(limit: 1) { title pages } }"


@contextmanager
def socket(library: GraphClient, protocol: Subprotocol = PROTOCOL) -> Iterator[ClientConnection]:
    base = str(library.tenant.client.base_url).replace("http", "ws", 1).rstrip("/")
    url = f"{base}/dbs/{library.database}/graphql/v2"
    with connect(url, subprotocols=[protocol], proxy=None, open_timeout=60) as connection:
        yield connection


def tell(connection: ClientConnection, kind: str, **members: Any) -> None:
    connection.send(json.dumps({"type": kind, **members}))


def hear(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(timeout=60))


def begin(connection: ClientConnection, auth: str) -> None:
    tell(connection, "connection_init", payload={"Authorization": auth})
    assert hear(connection) == {"type": "connection_ack"}


def closed(connection: ClientConnection) -> tuple[int, str]:
    try:
        while True:
            connection.recv(timeout=60)
    except ConnectionClosed as error:
        assert error.rcvd is not None
        return error.rcvd.code, error.rcvd.reason


def answer(id: str, pages: int) -> dict[str, Any]:
    return {"type": "next", "id": id, "payload": {"data": {"books": [{"title": "A", "pages": pages}]}}}


def test_several_subscriptions_of_one_socket(library: GraphClient) -> None:
    with socket(library) as connection:
        assert connection.subprotocol == PROTOCOL
        begin(connection, library.tenant.bearer)
        tell(connection, "ping")
        assert hear(connection) == {"type": "pong"}
        tell(connection, "subscribe", id="one", payload={"query": READ})
        assert hear(connection) == answer("one", 10)
        tell(connection, "subscribe", id="bad", payload={"query": "{ books { title } }"})
        only = "Only subscriptions are streamed; send other operations by POST."
        assert hear(connection) == {"type": "error", "id": "bad", "payload": [{"message": only}]}
        tell(connection, "subscribe", id="two", payload={"query": READ})
        assert hear(connection) == answer("two", 10)
        tell(connection, "complete", id="one")
        tell(connection, "ping")
        assert hear(connection) == {"type": "pong"}  # it has ended
        library.run("mutation { update_books_by_pk(rowid: 1, _set: {pages: 11}) { affected_rows } }")
        assert hear(connection) == answer("two", 11)
        library.run("mutation { update_books_by_pk(rowid: 1, _set: {pages: 10}) { affected_rows } }")
        assert hear(connection) == answer("two", 10)


def test_a_revoked_key_ends_its_subscriptions(library: GraphClient) -> None:
    created = library.tenant.ask("POST /api/keys", json={"name": "listener", "actions": ["read"]}).json()
    with socket(library) as connection:
        begin(connection, f"Api-Key {created['key']}")
        tell(connection, "subscribe", id="a", payload={"query": READ})
        assert hear(connection) == answer("a", 10)
        assert library.tenant.ask(f"DELETE /api/keys/{created['id']}").status_code == 200
        error = {"type": "error", "id": "a", "payload": [{"message": "Invalid API Key."}]}
        assert hear(connection) == error


def test_sockets_that_are_closed(library: GraphClient, ben: Tenant) -> None:
    init = {"type": "connection_init", "payload": {"Authorization": library.tenant.bearer}}
    subscribe = {"type": "subscribe", "id": "a", "payload": {"query": READ}}
    other = {"type": "connection_init", "payload": {"Authorization": ben.bearer}}
    cases: list[tuple[list[Any], tuple[int, str]]] = [
        ([{"type": "connection_init"}], (4401, "Authentication credentials were not provided.")),
        ([other], (4404, "Not found or access denied")),
        ([{"type": "connection_init", "payload": {"Authorization": "Api-Key dc_x"}}], (4401, "Invalid API Key.")),
        ([subscribe], (4401, "Unauthorized")),
        ([init, init], (4429, "Too many initialisation requests")),
        ([init, subscribe, subscribe], (4409, "Subscriber for a already exists")),
        ([init, {"type": "other"}], (4400, "Unknown type of message.")),
        ([init, {**subscribe, "id": ""}], (4400, "subscribe needs an id.")),
        ([[]], (4400, "A message must be a JSON object with a type.")),
        (
            [init, *({**subscribe, "id": str(number)} for number in range(21))],
            (4429, "A socket has at most 20 subscriptions at once (GRAPHQL_MAX_SUBSCRIPTIONS)."),
        ),
    ]
    for messages, expected in cases:
        with socket(library) as connection:
            for message in messages:
                connection.send(json.dumps(message))
            assert closed(connection) == expected
    with socket(library, Subprotocol("graphql-ws")) as connection:
        assert closed(connection) == (4406, "The subprotocol is graphql-transport-ws.")
