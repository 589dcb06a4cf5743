"""A request without a task, its transport, and the bytes of a response."""

from __future__ import annotations

import asyncio

import pytest

from datacube.http.exchange import CycleTransport, Exchange, message
from datacube.serving.wsgi_bridge import Response

TEXT = (b"content-type", b"text/plain")


class Connection(asyncio.Transport):
    """Collects what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.is_ended

    def close(self) -> None:
        raise AssertionError("the protocol closes the connection")


@pytest.mark.parametrize("keep_alive", [True, False])
def test_a_new_exchange_waits_for_a_body(keep_alive: bool) -> None:
    scope = {"type": "http"}
    exchange = Exchange(scope, keep_alive=keep_alive)
    assert (exchange.scope, exchange.body, exchange.keep_alive) == (scope, b"", keep_alive)
    assert (exchange.more_body, exchange.disconnected) == (True, False)
    assert (exchange.response_started, exchange.response_complete) == (False, False)
    exchange.message_event.set()  # as uvicorn does, although nothing waits


def test_an_exchange_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        Exchange({}, keep_alive=True).task = None  # type: ignore[attr-defined]


def test_a_cycle_writes_to_the_connection_and_is_closed_by_the_protocol() -> None:
    connection, closed = Connection(), []
    transport = CycleTransport(connection, close=lambda: closed.append(connection.written))
    transport.write(b"a")
    transport.write(bytearray(b"b"))
    assert not transport.is_closing()
    transport.close()
    connection.is_ended = True
    assert transport.is_closing()
    assert closed == [b"ab"]


@pytest.mark.parametrize(
    ("response", "keep_alive", "is_head", "sent"),
    [
        (
            Response(200, [], b"abc"),
            True,
            False,
            b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\nabc",
        ),
        (
            Response(404, [], "ü".encode()),
            False,
            False,
            b"HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n"
            b"connection: close\r\n\r\n\xc3\xbc",
        ),
        (
            Response(200, [], b"abc"),
            True,
            True,
            b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\n",
        ),
        (
            Response(200, []),
            True,
            False,
            b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 0\r\n\r\n",
        ),
        (Response(204, []), True, False, b"HTTP/1.1 204 No Content\r\ncontent-type: text/plain\r\n\r\n"),
        (
            Response(304, []),
            False,
            False,
            b"HTTP/1.1 304 Not Modified\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n",
        ),
    ],
)
def test_a_response_as_it_is_sent(response: Response, keep_alive: bool, is_head: bool, sent: bytes) -> None:
    headers = [TEXT, (b"content-length", b"99")]  # which is replaced by the length of the content
    assert message(response, headers, keep_alive=keep_alive, is_head=is_head) == sent


def test_headers_of_one_name_are_all_sent_in_order() -> None:
    headers = [(b"set-cookie", b"a=1"), (b"x-a", b""), (b"set-cookie", b"b=2")]
    sent = message(Response(204, []), headers, keep_alive=True, is_head=False)
    assert sent == b"HTTP/1.1 204 No Content\r\nset-cookie: a=1\r\nx-a: \r\nset-cookie: b=2\r\n\r\n"
