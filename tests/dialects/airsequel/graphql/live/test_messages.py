"""Messages of graphql-transport-ws."""

from __future__ import annotations

import pytest

from dialects.airsequel.graphql.live.messages import BAD_MESSAGE, SocketClosed, SocketMessage, encode


def test_messages_of_clients() -> None:
    assert SocketMessage.parse('{"type": "ping"}') == SocketMessage("ping")
    text = '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }"}, "more": 1}'
    assert SocketMessage.parse(text) == SocketMessage("subscribe", "1", {"query": "{ a }"})


BAD = [
    *("", "x", "[]", "{}", '"a"', '{"type": 1}', '{"type": "subscribe", "id": 1}', "\ud800"),
    *('{"type": "ping", "payload": [1]}', '{"type": "a", "id": "' + "x" * 201 + '"}', "[" * 100),
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_message_closes_the_socket(text: str) -> None:
    with pytest.raises(SocketClosed) as closed:
        SocketMessage.parse(text)
    assert closed.value.code == BAD_MESSAGE


def test_messages_of_the_service() -> None:
    assert encode("pong") == '{"type":"pong"}'
    assert encode("next", id="a", payload=b'{"data":null}') == '{"type":"next","id":"a","payload":{"data":null}}'
