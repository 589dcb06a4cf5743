"""The web server: what it reads from the environment, and how many files it may open."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from uvicorn import Config

from datacube.http import server
from datacube.local.paths import ROOT
from tests.support import until

VARIABLES = ("HOST", "PORT", "BASE_URL", "WEB_WORKERS", "KEEP_ALIVE_SECONDS", "STOP_SECONDS")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Config, Any]]:
    """Return the list of what is served, without a socket and without workers."""
    runs: list[tuple[Config, Any]] = []

    def supervisor(config: Config, sockets: Any) -> SimpleNamespace:
        return SimpleNamespace(run=lambda: runs.append((config, sockets)), have_failed=False)

    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(server, "Workers", supervisor)
    monkeypatch.setattr(Config, "bind_socket", lambda config: f"{config.host} {config.port}")
    monkeypatch.setattr(resource, "setrlimit", lambda *arguments: None)
    return runs


@pytest.mark.parametrize(
    ("environment", "socket", "figures"),
    [
        ({}, "127.0.0.1 8000", (2, 75, 20)),
        (dict.fromkeys(VARIABLES, ""), "127.0.0.1 8000", (2, 75, 20)),
        ({"HOST": "::", "PORT": "9000"}, ":: 9000", (2, 75, 20)),
        ({"WEB_WORKERS": "4", "KEEP_ALIVE_SECONDS": "5", "STOP_SECONDS": "1"}, "127.0.0.1 8000", (4, 5, 1)),
    ],
)
def test_the_server_reads_its_figures_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
    served: list[tuple[Config, Any]],
    environment: dict[str, str],
    socket: str,
    figures: tuple[int, int, int],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    server.main()
    ((config, sockets),) = served
    assert sockets == [socket]
    assert (config.workers, config.timeout_keep_alive, config.timeout_graceful_shutdown) == figures


def test_the_server_trusts_no_header_and_names_no_product(served: list[tuple[Config, Any]]) -> None:
    server.main()
    ((config, _),) = served
    assert (config.app, config.interface) == ("datacube.asgi:application", "asgi3")
    assert (config.proxy_headers, config.server_header, config.access_log) == (False, False, False)
    assert (config.ws_max_size, config.ws_per_message_deflate) == (64 * 1024, False)


@pytest.mark.parametrize(
    ("environment", "message"), [({"PORT": "65536"}, "65536"), ({"WEB_WORKERS": "two"}, "two")]
)
def test_what_is_no_number_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    served: list[tuple[Config, Any]],
    environment: dict[str, str],
    message: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=message):
        server.main()
    assert served == []


@pytest.mark.parametrize(
    ("limits", "changes"),
    [
        ((1_024, 4_096), [(resource.RLIMIT_NOFILE, (4_096, 4_096))]),
        ((4_096, 4_096), []),
        ((1_024, resource.RLIM_INFINITY), [(resource.RLIMIT_NOFILE, (resource.RLIM_INFINITY,) * 2)]),
    ],
)
def test_as_many_files_may_be_open_as_the_system_allows(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], changes: list[Any]
) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda *arguments: calls.append(arguments))
    server._raise_file_limit()
    assert calls == changes


@pytest.mark.slow
def test_workers_that_end_before_any_has_served_end_the_server(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text('raise RuntimeError("cannot be imported")')
    program = (
        "from uvicorn import Config; from datacube.http.server import Workers\n"
        "if __name__ == '__main__':\n"
        "    config = Config('broken:application', port=0, workers=2, lifespan='off')\n"
        "    workers = Workers(config, sockets=[config.bind_socket()])\n"
        "    workers.run()\n"
        "    print(workers.have_failed)\n"
    )
    (tmp_path / "program.py").write_text(program)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    ended = subprocess.run(
        [sys.executable, tmp_path / "program.py"], env=environment, capture_output=True, text=True, timeout=300
    )
    assert ended.stdout == "True\n", ended.stderr
    assert "RuntimeError: cannot be imported" in ended.stderr


SMALL = """
import os

async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
"""
SERVING = """
from uvicorn import Config
from datacube.http.server import Workers

if __name__ == "__main__":
    config = Config(
        "small:application", port=0, workers=2, lifespan="off", timeout_worker_healthcheck=60,
        http="datacube.http.graceful:GracefulProtocol", loop="datacube.http.listening:EventLoop",
    )
    socket = config.bind_socket()
    print(socket.getsockname()[1], flush=True)
    Workers(config, sockets=[socket]).run()
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_workers_have_equal_shares_and_a_reload_refuses_no_request(tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(SMALL)
    (tmp_path / "program.py").write_text(SERVING)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    command = [sys.executable, str(tmp_path / "program.py")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            url = f"http://127.0.0.1:{int(process.stdout.readline())}/"
            until(lambda: is_listening(url), seconds=240)
            first = set(until(lambda: answers(url, count=2), seconds=240))
            # One that is held up for a few milliseconds leaves a connection to the other.
            assert any(connections_of_workers(url, count=20) == [10, 10] for _ in range(20))
            process.send_signal(signal.SIGHUP)
            # Connections that no worker accepts yet wait in the backlog of the socket, which both share.
            until(lambda: not first & set(answers(url, count=1)) and len(later(url, first)) == 2, seconds=240)
            assert process.poll() is None
        finally:
            process.terminate()


def is_listening(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


def answers(url: str, *, count: int) -> list[str]:
    """Return the process ids of `count` different workers that have answered; an error fails the test."""
    ids: dict[str, None] = {}
    for _ in range(50):
        ids[httpx.get(url, trust_env=False, timeout=60).text] = None
        if len(ids) == count:
            return [*ids]
    return []


def connections_of_workers(url: str, *, count: int) -> list[int]:
    """Open `count` connections, one after the other, and return how many of them each worker has."""
    with ExitStack() as stack:
        clients = [stack.enter_context(httpx.Client(trust_env=False, timeout=60)) for _ in range(count)]
        return [*Counter(client.get(url).text for client in clients).values()]


def later(url: str, first: set[str]) -> list[str]:
    return [name for name in answers(url, count=2) if name not in first]
