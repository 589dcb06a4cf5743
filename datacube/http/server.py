"""The web server (`python -m datacube.http.server`): uvicorn with several workers on one socket."""

from __future__ import annotations

import logging
import os
import resource
import sys
from multiprocessing.connection import wait
from multiprocessing.sharedctypes import RawArray
from socket import socket
from typing import Any, cast

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from datacube.http import connection_counts
from datacube.local.address import ListenAddress
from datacube.metrics import directory

log = logging.getLogger("datacube.errors")
_BACKLOG = 4096
_MAX_FAILURES = 4
# A worker that computes for long is not dead: its requests have limits of their own.
_HEALTHCHECK_SECONDS = 60
# The largest message that a client may send on a WebSocket, which is read and ignored.
_MAX_MESSAGE_BYTES = 64 * 1024


def main() -> None:
    """Serve HOST and PORT with WEB_WORKERS processes until SIGTERM."""
    _raise_file_limit()
    address = ListenAddress.from_environment()
    config = Config(
        "datacube.asgi:application",
        host=address.host,
        port=address.port,
        workers=int(os.environ.get("WEB_WORKERS") or 2),
        http="datacube.http.protocol:Protocol",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=_MAX_MESSAGE_BYTES,
        loop="datacube.http.listening:EventLoop",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=int(os.environ.get("KEEP_ALIVE_SECONDS") or 75),
        timeout_graceful_shutdown=int(os.environ.get("STOP_SECONDS") or 20),
        timeout_worker_healthcheck=_HEALTHCHECK_SECONDS,
    )
    workers = Workers(config, sockets=[config.bind_socket()])
    with directory.figures():
        workers.run()
    if workers.have_failed:
        sys.exit(STARTUP_FAILURE)


class Worker(Process):
    """A worker process, whose end is noticed also while an answer of it is waited for."""

    def __init__(self, config: Config, sockets: list[socket], *, connections: Any, index: int) -> None:
        self._connections = connections  # the shared numbers of connections
        self._index = index
        super().__init__(config, sockets)

    def target(self, sockets: list[socket] | None = None) -> None:
        """Serve until SIGTERM, in the new process."""
        connection_counts.counts.share(self._connections, own=self._index)
        super().target(sockets)

    def answer(self, seconds: float) -> bool | None:
        """Return whether it has begun to serve; None where it has ended, or does not answer in time."""
        try:
            self.parent_conn.send(b"ping")
            wait([self.parent_conn, self.process.sentinel], seconds)
            return bool(self.parent_conn.recv()) if self.parent_conn.poll() else None
        except (OSError, EOFError):
            return None


class Workers(Multiprocess):
    """Worker processes, which are replaced when they end.

    They are stopped where they end again and again before any has served, as when the application cannot be
    imported.
    """

    have_failed = False
    _have_served = False
    _failures = 0

    def init_processes(self) -> None:
        self._connections: Any = RawArray("i", self.processes_num)
        self.processes = [self._start(index) for index in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        for index, worker in enumerate(cast("list[Worker]", self.processes)):
            if self.should_exit.is_set():
                return
            has_started = worker.answer(self.config.timeout_worker_healthcheck)
            self._have_served = self._have_served or has_started is True
            if has_started is None:
                self._replace(index, worker)

    def restart_all(self) -> None:
        """Replace each worker by a new one, which serves before the old one ends: no request is refused."""
        for index, old in enumerate(cast("list[Worker]", self.processes)):
            worker = self._start(index)
            if not worker.wait_until_ready(self.config.timeout_worker_healthcheck, self.should_exit):
                worker.kill()
                worker.join()
                return
            self.processes[index] = worker
            old.terminate()
            old.join()
            directory.forget_worker(old.process.pid or 0)

    def _start(self, index: int) -> Worker:
        worker = Worker(self.config, self.sockets, connections=self._connections, index=index)
        worker.start()
        return worker

    def _replace(self, index: int, worker: Worker) -> None:
        worker.kill()
        worker.join()
        directory.forget_worker(worker.process.pid or 0)
        self._failures += not self._have_served
        if self._failures > _MAX_FAILURES or worker.exitcode == STARTUP_FAILURE:
            log.error("%d workers ended before one has served a request.", self._failures)
            self.have_failed = True
            self.should_exit.set()
            return
        self.processes[index] = self._start(index)


def _raise_file_limit() -> None:
    """Allow as many open connections as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()
