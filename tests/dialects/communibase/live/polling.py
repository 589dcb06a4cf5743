"""A client of Engine.IO 3 that polls, each request on a connection of its own, as engine.io-client does in Node."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from dialects.communibase.live.packets import NOOP, decode, encode
from tests.support import Tenant, until

PATH = "/socket.io/"
# The clients whose session is open: the next one in the same room would receive what they have not polled.
open_clients: list[PollingClient] = []
# A client sends another one with each request.
timestamps = count()


@dataclass
class PollingClient:
    """A client with the query of its url. `sid` is that of its handshake."""

    client: httpx.Client
    query: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    sid: str = ""

    def request(self, method: str, *, content: Any = None, **query: str) -> httpx.Response:
        session = {"sid": self.sid} if self.sid else {}
        params = {**self.query, "EIO": "3", "transport": "polling", "t": f"N{next(timestamps)}", **session, **query}
        headers = {"Connection": "close", **self.headers}
        return self.client.request(method, PATH, params=params, content=content, headers=headers)

    def open(self) -> dict[str, Any]:
        """Return the handshake; the client is then connected."""
        answer = self.request("GET")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=UTF-8"), (
            answer.text
        )
        opened, connected = packets_of(answer)
        assert (opened[0], connected) == ("0", "40")
        handshake: dict[str, Any] = json.loads(opened[1:])
        self.sid = handshake["sid"]
        open_clients.append(self)
        return handshake

    def close(self) -> None:
        """Leave the room and end the session."""
        self.request("POST", content=encode(["41", "1"]))

    def post(self, *packets: str) -> None:
        answer = self.request("POST", content=encode(packets))
        assert (answer.status_code, answer.text) == (200, "ok"), answer.text

    def join(self, administration_id: str) -> None:
        self.post(f'42["join","{administration_id}_dirty"]')

    def poll(self) -> list[str]:
        answer = self.request("GET")
        assert answer.status_code == 200, answer.text
        return packets_of(answer)

    def messages(self, count: int) -> list[str]:
        """Return the next messages, at least so many. A poll may end without one, as where the service is slow."""
        messages: list[str] = []

        def poll() -> bool:
            for packet in self.poll():
                if packet != NOOP:
                    assert packet.startswith('42["message",'), packet
                    messages.append(json.loads(packet[2:])[1])
            return len(messages) >= count

        until(poll)
        return messages


def packets_of(answer: httpx.Response) -> list[str]:
    return decode(answer.content)


def listener(tenant: Tenant, *, join: bool = True) -> PollingClient:
    """Return a client that has joined the room of a tenant's database."""
    client = PollingClient(tenant.client, {"api_key": tenant.key})
    client.open()
    if join:
        client.join(tenant.database)
    return client
