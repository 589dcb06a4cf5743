"""Where the service listens, and at which address a person reaches it."""

from __future__ import annotations

import http.client
import os
import socket
from dataclasses import dataclass

_MAX_BODY_BYTES = 1000
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class Address:
    """`host` and `port` to listen on; `url` to open."""

    host: str
    port: int
    url: str

    @classmethod
    def from_environment(cls) -> Address:
        """HOST, PORT (0 picks a free one) and BASE_URL; ValueError when PORT is not a port."""
        host = os.environ.get("HOST") or "127.0.0.1"
        port = int(os.environ.get("PORT") or 8000)
        if not 0 <= port < 65536:
            raise ValueError(port)
        port = port or _free_port(host)
        near = _ANY.get(host, host)
        default = f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"
        return cls(host=host, port=port, url=(os.environ.get("BASE_URL") or default).rstrip("/"))

    def why_not(self) -> str | None:
        """Why nothing can listen here, None when something can."""
        with socket.socket(_family(self.host)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                return error.strerror
        return None

    def readiness(self) -> str:
        """Return "ready", or why the service here cannot serve: "no answer", or the body of /readyz."""
        connection = http.client.HTTPConnection(_ANY.get(self.host, self.host), self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            return "ready" if response.status == 200 else response.read(_MAX_BODY_BYTES).decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return "no answer"
        finally:
            connection.close()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _free_port(host: str) -> int:
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
