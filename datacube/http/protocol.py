"""HTTP/1.1 on one connection: uvicorn's protocol, which also accepts raw characters in addresses."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from datacube import asgi
from datacube.http import request_line  # sets up Django, which the imports below need

# isort: split
from datacube.http.exchange import CycleTransport, Exchange, message
from datacube.http.graceful import GracefulProtocol
from datacube.serving.admission import Caller
from datacube.serving.wsgi_bridge import Response, failure
from engine import Error, Invalid, TooLarge, Unavailable

# The maximum of bytes before the end of the headers, and the seconds in which they must arrive.
MAX_HEAD_BYTES = 64 * 1024
_HEAD_SECONDS = 30
# The rest of a body whose response was sent early is discarded up to this size.
_MAX_DISCARDED_BYTES = 64 * 1024 * 1024
# A connection is closed this long after a response that came before the end of its request.
_LINGER_SECONDS = 5.0
_MAX_CONNECTIONS = 8_000
# Longer bodies, and those of unknown length, are read by a task and through a file.
_MAX_DIRECT_BYTES = 64 * 1024
_INDIRECT_HEADERS = frozenset({b"transfer-encoding", b"upgrade", b"expect"})
_BLANK_LINES = b"\r\n"
_MALFORMED = "The request is not valid HTTP."
_LONG_HEAD = f"The address and the headers are longer than {MAX_HEAD_BYTES} bytes."
_BODY_CUT_OFF = "The body ended before its announced length."
_BODY_MALFORMED = "The body is not valid: its chunks are malformed."


class _HeadTooLong(Exception):
    """A head that is longer than MAX_HEAD_BYTES."""


class Protocol(GracefulProtocol):
    """One connection. A request line is buffered until it is complete, so that its address can be quoted."""

    cycle: Any  # uvicorn's, or an Exchange

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._between = True  # the next byte begins a request
        self._head = b""  # of an incomplete request line
        self._is_in_head = False
        self._is_broken = False  # what follows cannot be parsed
        self._is_lingering = False  # everything is sent, and what arrives is discarded
        self._head_size = 0
        self._discarded = 0
        self._head_timer: asyncio.TimerHandle | None = None

    # --- from the transport -----------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > _MAX_CONNECTIONS:
            self._refuse(Unavailable("This process has too many connections.", retry_after=1))
            return
        self._head_timer = self.loop.call_later(_HEAD_SECONDS, self._head_is_late)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._is_broken or self._is_lingering:
            self._discard(data)
            return
        self._unset_keepalive_if_required()
        if self._between:
            data = self._with_quoted_address(data)
            if not data:
                return
        self._head_size += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError as error:
            if type(error.__context__) is _HeadTooLong:
                self._refuse(TooLarge(_LONG_HEAD))
            else:
                self._refuse(Invalid(_BODY_MALFORMED if self._in_body() else _MALFORMED))
        else:
            if self._is_in_head:
                self._await_head()

    def eof_received(self) -> Any:
        """Return True to keep the connection open for a client that closed its side and waits for its response."""
        if self._is_lingering or self.transport.is_closing():
            return False
        if self._in_body():
            self._refuse(Invalid(_BODY_CUT_OFF))
        elif type(self.cycle) is Exchange and not self.cycle.response_complete:
            self.cycle.keep_alive = False
            return True
        elif self._head or self._is_in_head:
            self._refuse(Invalid(_MALFORMED))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def _close_after_response(self) -> None:
        """Close the connection; later where more may arrive, which would reset it before the response is read."""
        if self._between and not self._is_broken:
            self.transport.close()
            return
        self._is_lingering = True
        self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > _MAX_DISCARDED_BYTES:
            self.transport.close()

    # --- from the parser --------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Start a request, which may begin in the data that end the one before."""
        self._between, self._is_in_head = False, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._stop_head_timer()
        self._is_in_head = False
        if self._head_size > MAX_HEAD_BYTES and _size(self.headers) + len(self.url) > MAX_HEAD_BYTES:
            raise _HeadTooLong
        if self._is_direct():
            self._set_address()
            keep_alive = self.parser.should_keep_alive() and not self.is_ending
            self.cycle = Exchange(self.scope, keep_alive=keep_alive)
        else:
            super().on_headers_complete()
            if isinstance(self.cycle, RequestResponseCycle):  # not where the connection becomes a WebSocket
                self.cycle.transport = CycleTransport(self.transport, close=self._close_after_response)

    def on_body(self, body: bytes) -> None:
        cycle = self.cycle
        if cycle is not None and cycle.response_complete:
            self._discard(body)
        elif type(cycle) is Exchange:
            cycle.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._between = True
        self._discarded = self._head_size = 0
        cycle = self.cycle
        super().on_message_complete()
        if type(cycle) is Exchange and not cycle.disconnected:
            self._start(cycle)

    # --- requests whose body is small and complete ------------------------------------------------

    def _is_direct(self) -> bool:
        """Return whether no task is needed: no response is pending, and the body is absent or short."""
        if self.cycle is not None and not self.cycle.response_complete:
            return False
        for name, value in self.headers:
            if name in _INDIRECT_HEADERS:
                return False
            if name == b"content-length" and not (value.isdigit() and int(value) <= _MAX_DIRECT_BYTES):
                return False
        return self.parser.get_http_version() == "1.1"

    def _set_address(self) -> None:
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["path"] = unquote(path) if "%" in path else path
        self.scope["raw_path"] = url.path
        self.scope["query_string"] = url.query or b""

    def _start(self, exchange: Exchange) -> None:
        if not asgi.start(exchange.scope, exchange.body, partial(self._finish, exchange)):
            self._run(exchange, self.app)

    def _finish(self, exchange: Exchange, response: Response, caller: Caller) -> None:
        if exchange.disconnected or self.transport.is_closing():
            if response.stream is not None:
                self._run(exchange, partial(_send, response, caller))  # which closes the stream
        elif response.stream is not None:
            self._run(exchange, partial(_send, response, caller))
        else:
            self._write(response, keep_alive=exchange.keep_alive, is_head=exchange.scope["method"] == "HEAD")
            exchange.response_complete = True
            if not exchange.keep_alive:
                self._close_after_response()
            self.on_response_complete()

    def _run(self, exchange: Exchange, app: Any) -> None:
        """Serve the request by an ASGI application, in a task."""
        cycle = RequestResponseCycle(
            scope=exchange.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=exchange.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.body += exchange.body
        cycle.more_body = False
        cycle.disconnected = exchange.disconnected
        cycle.message_event.set()
        if self.cycle is exchange:  # else the next request has begun to arrive
            self.cycle = cycle
        self._start_asgi_task(cycle, app)

    def _write(self, response: Response, *, keep_alive: bool, is_head: bool) -> None:
        headers = [*self.server_state.default_headers, *response.headers]
        self.transport.write(message(response, headers, keep_alive=keep_alive, is_head=is_head))

    # --- the request line -------------------------------------------------------------------------

    def _with_quoted_address(self, data: bytes) -> bytes:
        """Return the data with an address that the parser accepts; empty while the request line is incomplete."""
        if not self._head and request_line.is_plain(data):
            return data
        data = (self._head + data).lstrip(_BLANK_LINES)
        if b"\n" not in data:
            self._head, self._head_size = data, len(data)
            if data:
                self._await_head()
            return b""
        self._head, self._head_size = b"", 0
        data = request_line.quoted(data)
        if not data:
            self._refuse(Invalid(_MALFORMED))
        return data

    # --- refusals ---------------------------------------------------------------------------------

    def _in_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete

    def _await_head(self) -> None:
        """Wait for the rest of a head for a limited time; refuse it when it is too long."""
        if self._head_size > MAX_HEAD_BYTES:
            self._refuse(TooLarge(_LONG_HEAD))
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(_HEAD_SECONDS, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _upgrade(self) -> None:
        if self._should_upgrade():
            self.handle_websocket_upgrade()

    def _refuse(self, error: Error) -> None:
        """Send an error and close; an earlier request whose response is pending gets its response instead."""
        self._is_broken = True
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body or cycle.response_started:
                cycle.keep_alive = False
                if cycle.more_body:
                    self.transport.close()
                return
            cycle.disconnected = True
            cycle.message_event.set()
            scope = cycle.scope
        else:
            path = getattr(self, "url", b"").partition(b"?")[0].decode("latin-1") or "/"
            scope = {
                **{"method": "GET", "path": path, "query_string": b"", "headers": self.headers or []},
                **{"http_version": "1.1", "client": self.client, "server": self.server},
            }
        self._write(failure(scope, error), keep_alive=False, is_head=scope["method"] == "HEAD")
        self._close_after_response()


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) for name, value in headers)


async def _send(response: Response, caller: Caller, scope: Any, receive: Any, send: Any) -> None:
    await asgi.send_response(receive, send, response, caller=caller)
