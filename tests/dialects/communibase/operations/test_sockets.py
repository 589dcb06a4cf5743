"""The query of Engine.IO's requests."""

from __future__ import annotations

import pytest

import engine
from dialects.communibase.operations.sockets import SocketRequest

HANDSHAKE = {"EIO": "3", "transport": "polling"}


def test_a_query_with_what_the_url_has() -> None:
    query = SocketRequest.parse({**HANDSHAKE, "t": "N1", "b64": "1", "api_key": "k", "sid": "a-_9"})
    assert (query.sid, query.timestamp) == ("a-_9", "N1")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({}, ["EIO", "transport"]),
        ({"EIO": "4", "transport": "flashsocket", "sid": "../x", "j": "a"}, ["EIO", "transport", "sid", "j"]),
        ({**HANDSHAKE, "sid": "a" * 65, "t": "a" * 65}, ["sid", "t"]),
    ],
)
def test_every_error_is_reported(query: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(engine.Invalid) as refused:
        SocketRequest.parse(query)
    assert [error.field for error in refused.value.errors] == fields
