"""The end of a worker's connections: one that was just accepted gets the response to its first request."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from datacube.http import connection_counts

# A client sends its request as soon as it is connected.
_FIRST_REQUEST_SECONDS = 1.0


class GracefulProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which closes a connection without a request at once when its worker ends.

    The client of such a connection would get no response, although another worker could have accepted it.
    """

    cycle: Any  # None before the first request
    is_ending = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        connection_counts.counts.note(len(self.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        connection_counts.counts.note(len(self.connections))

    def shutdown(self) -> None:
        """Close an idle connection; wait `_FIRST_REQUEST_SECONDS` for the request of one that had none yet."""
        self.is_ending = True
        if self.cycle is None and not self.transport.is_closing():
            self.loop.call_later(_FIRST_REQUEST_SECONDS, self._close_unused)
        else:
            super().shutdown()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.is_ending and isinstance(self.cycle, RequestResponseCycle):
            self.cycle.keep_alive = False

    def _close_unused(self) -> None:
        if self.cycle is None:
            self.transport.close()
