"""Clients that send a byte a second, as many as there are connections: others must not notice them."""

from __future__ import annotations

import socket
import threading
import time
from urllib.parse import urlsplit

import httpx

from tests.faults.support import Figure, percentile

# The beginning of a request whose body does not come to an end.
_HEAD = (
    b"POST /api/crud HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100000\r\n\r\n{"
)
_SECONDS = 15.0
_MAX_SECONDS = 2.0


def measure_slow_clients(url: str, count: int, *, number: int) -> Figure:
    """Open `count` connections that send their request byte by byte, and time the requests of others."""
    address = urlsplit(url)
    stop = threading.Event()
    trickle = threading.Thread(target=_trickle, args=((str(address.hostname), address.port), count, stop))
    trickle.start()
    try:
        seconds = _times(url)
    finally:
        stop.set()
        trickle.join()
    slowest, typical = max(seconds), percentile(seconds, 0.5)
    return Figure(
        number,
        f"/healthz beside {count} slow clients at the proxy",
        f"{_MAX_SECONDS:g} s",
        f"{typical * 1000:.0f} ms at the median, {slowest:.2f} s at most, of {len(seconds)}",
        slowest <= _MAX_SECONDS,
    )


def _trickle(address: tuple[str, int | None], count: int, stop: threading.Event) -> None:
    """Hold the connections, with a byte of a body to each every second. Opens those again that the proxy ends."""
    connections: list[socket.socket | None] = [None] * count
    while not stop.wait(1.0):
        for index, connection in enumerate(connections):
            try:
                if connection is None:
                    connections[index] = connection = socket.create_connection(address, timeout=5)
                    connection.sendall(_HEAD)
                connection.sendall(b" ")
            except OSError:
                connections[index] = None
    for connection in filter(None, connections):
        connection.close()


def _times(url: str) -> list[float]:
    """Return the seconds of one request after the other; 30 for one that failed."""
    seconds = []
    end = time.monotonic() + _SECONDS
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        while time.monotonic() < end:
            began = time.monotonic()
            status = client.get("/healthz").status_code
            seconds.append(time.monotonic() - began if status == 200 else 30.0)
            time.sleep(0.05)
    return seconds
