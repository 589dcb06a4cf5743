"""Kills the listener of a database's events repeatedly while another thread writes, then counts what it received.

`.venv/bin/python -m tests.faults.events` starts a service of its own. The listener is a process that is killed by
SIGKILL and comes back with a token that it saved some events before, so it receives some events twice. It fails
when an event is missing, comes out of order, or has the token of another one.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from tqdm import tqdm

from datacube.local import test_service
from datacube.local.paths import ROOT
from tests.faults.listener import ADDRESS, AUTHORIZATION

_BATCH_SIZE = 10
_SAVED_EVERY = 20
_TIMEOUT = 120.0


@dataclass(frozen=True)
class Source:
    """A collection to write to, and how to listen to its database."""

    url: str
    authorization: str
    database: str
    collection: str

    def client(self) -> httpx.Client:
        headers = {"Authorization": self.authorization}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)


@dataclass(frozen=True)
class Outcome:
    """The documents written, and the messages received by all listeners: (token, document)."""

    written: list[str]
    messages: list[tuple[str, str]]
    kills: int
    seconds: float

    @property
    def distinct(self) -> dict[str, str]:
        """Return {token: document}, in the order of the first message."""
        documents: dict[str, str] = {}
        for token, document in self.messages:
            documents.setdefault(token, document)
        return documents

    def errors(self) -> list[str]:
        """Return what is wrong with the messages."""
        errors, distinct = [], self.distinct
        if lost := set(self.written) - set(distinct.values()):
            errors.append(f"{len(lost)} of {len(self.written)} events are lost")
        if len(distinct) != len(self.written):
            errors.append(f"{len(distinct)} tokens stand for {len(self.written)} events")
        if any(distinct[token] != document for token, document in self.messages):
            errors.append("one token stands for two events")
        if not errors and list(distinct.values()) != self.written:
            errors.append("events came out of order")
        return errors

    def __str__(self) -> str:
        again = len(self.messages) - len(self.distinct)
        return (
            f"{len(self.written)} writes, {self.kills} listeners killed: {len(self.messages)} messages received, "
            f"{len(self.distinct)} events, {again} of them repeated with the same token; {self.seconds:.1f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=10)
    options = parser.parse_args()
    environment = dict(os.environ)
    home = test_service.prepare(environment)
    with test_service.service(environment) as url:
        outcome = strike(make_source(url), writes=options.writes, kills=options.kills)
    errors = outcome.errors()
    test_service.tidy(home, passed=not errors)
    print(outcome)
    sys.exit("; ".join(errors) or 0)


def strike(source: Source, *, writes: int, kills: int) -> Outcome:
    """Write from one thread, and kill the listener each time it has received a further part of the events."""
    began = time.monotonic()
    with source.client() as client:
        token = client.get("/api/events", params={"database_id": source.database}).raise_for_status().json()["next"]
    written: list[str] = []
    known: set[str] = set()
    max_lead = writes // (4 * (kills + 1))
    writer = threading.Thread(target=_write, args=(source, writes, written, known), kwargs={"max_lead": max_lead})
    writer.start()
    messages: list[tuple[str, str]] = []
    for turn in tqdm(range(kills + 1), desc="listeners", disable=None):
        target = writes * (turn + 1) // (kills + 1)
        messages += _listen(source, token, known=known, target=target)
        saved = (len(messages) - 1) // _SAVED_EVERY * _SAVED_EVERY
        token = messages[saved - 1][0] if saved else token
    writer.join()
    return Outcome(written, messages, kills, time.monotonic() - began)


def _write(source: Source, writes: int, written: list[str], known: set[str], *, max_lead: int) -> None:
    """Write the documents, never so far ahead that a listener could receive all of them before it is killed."""
    collection = {"database_id": source.database, "collection_name": source.collection}
    with source.client() as client:
        while len(written) < writes:
            if len(written) > len(known) + max_lead:
                time.sleep(0.01)
                continue
            count = min(_BATCH_SIZE, writes - len(written))
            answer = client.post("/api/crud", json={**collection, "data": [{"n": len(written)}] * count})
            written.extend(answer.raise_for_status().json()["inserted_ids"])


def _listen(source: Source, token: str, *, known: set[str], target: int) -> list[tuple[str, str]]:
    """Return what one listener receives until `target` events are known in total; then kill it."""
    environment = {**os.environ, ADDRESS: source.url, AUTHORIZATION: source.authorization}
    command = [sys.executable, "-m", "tests.faults.listener", source.database, token]
    with tempfile.NamedTemporaryFile() as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file)
        try:
            return _await(Path(file.name), known=known, target=target)
        finally:
            process.kill()
            process.wait()


def _await(file: Path, *, known: set[str], target: int) -> list[tuple[str, str]]:
    deadline = time.monotonic() + _TIMEOUT
    while True:
        whole = file.read_text().rpartition("\n")[0].splitlines()
        messages = [(token, document) for token, document in map(str.split, whole)]
        known.update(token for token, _ in messages)
        if len(known) >= target or time.monotonic() > deadline:
            return messages
        time.sleep(0.02)


def make_source(url: str) -> Source:
    person = {
        "email": f"events-{random.SystemRandom().randrange(10**12)}@example.com",
        "firstName": "E",
        "lastName": "E",
        "password": "to-be-killed-1",
    }
    with httpx.Client(base_url=url, timeout=40, trust_env=False) as client:
        client.post("/core/register", json=person).raise_for_status()
        token = client.post("/core/login", json=person).raise_for_status().json()["access"]
        body = {
            "db_name": "events",
            "collections": [{"name": "things", "fields": [{"name": "n", "type": "number"}]}],
        }
        headers = {"Authorization": f"Bearer {token}"}
        created = client.post("/api/create_database", json=body, headers=headers).raise_for_status().json()
    return Source(url, headers["Authorization"], created["database"]["id"], "things")


if __name__ == "__main__":
    main()
