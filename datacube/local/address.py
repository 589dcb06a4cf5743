"""The address on which the service listens, and the URL to open."""

from __future__ import annotations

import http.client
import os
import socket
import time
from dataclasses import dataclass, field

_MAX_BODY_BYTES = 1000
_MIN_PAUSE_SECONDS = 0.25
_MAX_PAUSE_SECONDS = 5.0
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class ListenAddress:
    """`host` and `port` to listen on; `url` to open."""

    host: str
    port: int
    url: str

    @classmethod
    def from_environment(cls) -> ListenAddress:
        """Return the address from HOST, PORT (0 picks a free one) and BASE_URL.

        Raises ValueError for an invalid PORT.
        """
        host = os.environ.get("HOST") or "127.0.0.1"
        port = int(os.environ.get("PORT") or 8000)
        if not 0 <= port < 65536:
            raise ValueError(port)
        port = port or _free_port(host)
        local_host = _ANY.get(host, host)
        default = f"http://[{local_host}]:{port}" if ":" in local_host else f"http://{local_host}:{port}"
        return cls(host=host, port=port, url=(os.environ.get("BASE_URL") or default).rstrip("/"))

    def bind_error(self) -> str | None:
        """Return why nothing can listen on this address, or None when it is free."""
        with socket.socket(_family(self.host)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                return error.strerror
        return None

    def readiness(self) -> str:
        """Return "ready", or why the service is not ready: "no answer", or the body of /readyz."""
        connection = http.client.HTTPConnection(_ANY.get(self.host, self.host), self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            return "ready" if response.status == 200 else response.read(_MAX_BODY_BYTES).decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return "no answer"
        finally:
            connection.close()


@dataclass
class ReadinessPoll:
    """The readiness of the service at an address.

    It is read less often the longer it takes: an answer costs CPU time, which would look like progress.
    """

    address: ListenAddress
    answer: str = ""
    _first: float = field(default=0.0, init=False)
    _last: float = field(default=0.0, init=False)

    def is_ready(self) -> bool:
        """Return whether the service was ready when it was asked last."""
        now = time.monotonic()
        self._first = self._first or now
        pause = max(_MIN_PAUSE_SECONDS, min((now - self._first) / 60, _MAX_PAUSE_SECONDS))
        if now - self._last >= pause:
            self.answer, self._last = self.address.readiness(), now
        return self.answer == "ready"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _free_port(host: str) -> int:
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
