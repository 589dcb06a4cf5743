"""Accepts connections such that the workers that share a listening socket have about equal numbers of them.

uvloop accepts all that wait: of 32 clients that connect together one worker would get most, and the others none.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import uvloop

from datacube.http import connection_counts
from datacube.http.connection_counts import ConnectionCounts

log = logging.getLogger("datacube.errors")
# A worker with more connections than another one waits so long before it accepts, so that the other comes first.
_ACCEPT_DELAY_SECONDS = 0.002
# Without a free file descriptor or memory, nothing is accepted for so long.
_PAUSE_SECONDS = 1.0


class EventLoop(uvloop.Loop):
    """uvloop's event loop, whose servers on an open socket are listeners."""

    async def create_server(
        self,
        protocol_factory: Callable[[], Any],
        *arguments: Any,
        sock: socket.socket | None = None,
        backlog: int = 100,
        **options: Any,
    ) -> Any:
        """Return a `Listener` on `sock`; without one, or for TLS, a server of uvloop."""
        if sock is None or options.get("ssl"):
            return await super().create_server(protocol_factory, *arguments, sock=sock, backlog=backlog, **options)
        sock.setblocking(False)
        sock.listen(backlog)
        connection_counts.counts.note(0)
        return Listener(self, sock, protocol_factory, connection_counts.counts)


class Listener:
    """Accepts the connections of a socket until it is closed, one in each turn of the event loop.

    Each gets a protocol with the method `shutdown`, as those of uvicorn have it.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        protocol_factory: Callable[[], Any],
        counts: ConnectionCounts,
    ) -> None:
        self._loop = loop
        self._socket = sock
        self._protocol_factory = protocol_factory
        self._counts = counts
        self._connecting: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._listen()

    def close(self) -> None:
        """Accept no more; the socket stays open."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._socket)

    async def wait_closed(self) -> None:
        """Wait for connections that were accepted and have no protocol yet."""
        await asyncio.gather(*self._connecting)

    def _listen(self) -> None:
        self._timer = None
        self._loop.add_reader(self._socket, self._accept_in_turn)

    def _listen_later(self, seconds: float, then: Callable[[], None]) -> None:
        self._loop.remove_reader(self._socket)
        self._timer = self._loop.call_later(seconds, then)

    def _accept_in_turn(self) -> None:
        """Accept a connection; a little later where another worker has fewer, which may be faster then."""
        if self._counts.has_fewest():
            self._accept()
        else:
            self._listen_later(_ACCEPT_DELAY_SECONDS, self._accept_and_listen)

    def _accept_and_listen(self) -> None:
        self._listen()
        self._accept()

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):  # another worker was faster
            return
        except OSError as error:
            log.warning("no connection is accepted for %g s: %s", _PAUSE_SECONDS, error)
            self._listen_later(_PAUSE_SECONDS, self._listen)
            return
        self._counts.add_one()
        connection.setblocking(False)
        task = self._loop.create_task(self._connect(connection))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, connection: socket.socket) -> None:
        try:
            _, protocol = await self._loop.connect_accepted_socket(self._protocol_factory, connection)
        except OSError:  # the client has left
            connection.close()
            return
        if self._is_closed:  # the server has ended the connections that it knew
            protocol.shutdown()
