"""Kills web processes while clients of `/socket.io/` poll, then counts the messages that each of them received.

`.venv/bin/python -m tests.faults.polling` starts a service of its own; it needs Node. The clients are those of the
published package socket.io-client 2, with long polling alone. A third of the kills hits the whole web server, the
others one of its workers, while the other one serves. It fails when a client did not receive each message.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from tqdm import tqdm

from datacube.local import test_service
from tests.dialects.communibase.connector.installation import modules
from tests.faults.events import Source, make_source
from tests.node_packages import node_environment

_SCRIPT = Path(__file__).with_suffix(".js")
_TIMEOUT = 60.0
_WRITE_INTERVAL = 0.1


@dataclass(frozen=True)
class Outcome:
    """The documents written, and those of which each client received a message."""

    written: set[str]
    received: list[set[str]]
    kills: int
    seconds: float

    def errors(self) -> list[str]:
        """Return what is missing."""
        return [
            f"client {number} did not receive {len(self.written - messages)} of {len(self.written)} messages"
            for number, messages in enumerate(self.received)
            if self.written - messages
        ]

    def __str__(self) -> str:
        lost = sum(len(self.written - messages) for messages in self.received)
        return (
            f"{len(self.written)} writes, {len(self.received)} polling clients, {self.kills} kills: {lost} of "
            f"{len(self.written) * len(self.received)} messages lost; {self.seconds:.1f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--kills", type=int, default=12)
    options = parser.parse_args()
    environment = dict(os.environ)
    home = test_service.prepare(environment)
    with test_service.service(environment) as url:
        outcome = strike(make_source(url), home=home, clients=options.clients, kills=options.kills)
    errors = outcome.errors()
    test_service.tidy(home, passed=not errors)
    print(outcome)
    sys.exit("; ".join(errors) or 0)


def strike(source: Source, *, home: Path, clients: int, kills: int, pause: float = 3.0) -> Outcome:
    """Write from one thread while clients poll and web processes are killed, one every `pause` seconds."""
    began = time.monotonic()
    written: set[str] = set()
    stop = threading.Event()
    writer = threading.Thread(target=_write, args=(source, written, stop))
    with _clients(source, clients) as output:
        # What is written before a client has joined is not for it.
        _wait(lambda: _insert(source, set()) and all(_received(output, clients)))
        writer.start()
        for number in tqdm(range(kills), desc="kills", disable=None):
            time.sleep(random.uniform(0.5, 1.5) * pause)
            _kill(home, whole=number % 3 == 2)
        stop.set()
        writer.join()
        _wait(lambda: all(written <= messages for messages in _received(output, clients)))
        return Outcome(written, _received(output, clients), kills, time.monotonic() - began)


def _kill(home: Path, *, whole: bool) -> None:
    """Send SIGKILL to the web server or to one of its workers, as soon as there is one."""
    words = b"datacube.http.server" if whole else b"spawn_main"
    pids: list[int] = []
    _wait(lambda: bool(pids.extend(test_service.processes((words,), home=home)) or pids))
    os.kill(random.choice(pids), signal.SIGKILL)


@contextmanager
def _clients(source: Source, count: int) -> Iterator[Path]:
    """Run polling clients and yield the file that has a line for each message."""
    scheme, key = source.authorization.split(" ")
    url = f"{source.url}/?{'api_key' if scheme == 'Api-Key' else 'token'}={key}"
    command = ["node", str(_SCRIPT), str(count), url, source.database]
    with tempfile.NamedTemporaryFile() as file:
        environment = {**node_environment(), "MODULES": str(modules())}
        process = subprocess.Popen(command, env=environment, stdout=file)
        try:
            yield Path(file.name)
        finally:
            process.kill()
            process.wait()


def _received(output: Path, clients: int) -> list[set[str]]:
    received: list[set[str]] = [set() for _ in range(clients)]
    for line in output.read_text().rpartition("\n")[0].splitlines():
        number, document = line.split()
        received[int(number)].add(document)
    return received


def _write(source: Source, written: set[str], stop: threading.Event) -> None:
    """Insert documents one by one until `stop`."""
    while not stop.wait(_WRITE_INTERVAL):
        _insert(source, written)


def _insert(source: Source, written: set[str]) -> bool:
    """Insert a document and add its id; what a killed process did not acknowledge does not count. Returns True."""
    body = {"database_id": source.database, "collection_name": source.collection, "data": [{"n": 1}]}
    with source.client() as client, suppress(httpx.HTTPError):
        written.update(client.post("/api/crud", json=body).raise_for_status().json()["inserted_ids"])
    return True


def _wait(check: Callable[[], bool]) -> None:
    """Wait until `check()` is true, at most for `_TIMEOUT`."""
    deadline = time.monotonic() + _TIMEOUT
    while not check() and time.monotonic() < deadline:
        time.sleep(0.05)


if __name__ == "__main__":
    main()
