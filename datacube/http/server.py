"""The web server (`python -m datacube.http.server`): uvicorn with several workers on one socket."""

from __future__ import annotations

import os
import resource

from uvicorn import Config
from uvicorn.supervisors import Multiprocess

from datacube.local.address import ListenAddress

_BACKLOG = 4096
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
        loop="uvloop",
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
    Multiprocess(config, sockets=[config.bind_socket()]).run()


def _raise_file_limit() -> None:
    """Allow as many open connections as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()
