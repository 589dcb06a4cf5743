"""Kills the listener of a database's events again and again while others write, then counts what it was told.

`.venv/bin/python -m tests.faults.events` starts a service of its own. The listener is a process that is ended by
SIGKILL and comes back with a token that it had saved a while before, so it hears some events twice. It fails when
an event is missing, comes out of order, or cannot be told from another one by its token.
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

_BATCH = 10
_SAVED_EVERY = 20
_PATIENCE = 120.0


@dataclass(frozen=True)
class Source:
    """A collection that is written to, and how to listen to its database."""

    url: str
    authorization: str
    database: str
    collection: str

    def client(self) -> httpx.Client:
        headers = {"Authorization": self.authorization}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)


@dataclass(frozen=True)
class Outcome:
    """What was written, and what all listeners together were told; a message is (token, document)."""

    written: list[str]
    heard: list[tuple[str, str]]
    kills: int
    seconds: float

    @property
    def distinct(self) -> dict[str, str]:
        """{token: document}, in the order of first hearing."""
        found: dict[str, str] = {}
        for token, document in self.heard:
            found.setdefault(token, document)
        return found

    def faults(self) -> list[str]:
        found, told = [], self.distinct
        if lost := set(self.written) - set(told.values()):
            found.append(f"{len(lost)} of {len(self.written)} events are lost")
        if len(told) != len(self.written):
            found.append(f"{len(told)} tokens stand for {len(self.written)} events")
        if any(told[token] != document for token, document in self.heard):
            found.append("one token stands for two events")
        if not found and list(told.values()) != self.written:
            found.append("events came out of order")
        return found

    def __str__(self) -> str:
        again = len(self.heard) - len(self.distinct)
        return (
            f"{len(self.written)} writes, {self.kills} listeners killed: {len(self.heard)} messages heard, "
            f"{len(self.distinct)} events, {again} of them again and known by their token; {self.seconds:.1f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=10)
    options = parser.parse_args()
    environment = dict(os.environ)
    home = test_service.prepare(environment)
    with test_service.service(environment) as url:
        outcome = strike(_source(url), writes=options.writes, kills=options.kills)
    faults = outcome.faults()
    test_service.tidy(home, passed=not faults)
    print(outcome)
    sys.exit("; ".join(faults) or 0)


def strike(source: Source, *, writes: int, kills: int) -> Outcome:
    """Writes from one thread; the listener dies whenever it has heard a further part of it all."""
    began = time.monotonic()
    with source.client() as client:
        place = client.get("/api/events", params={"database_id": source.database}).raise_for_status().json()["next"]
    written: list[str] = []
    known: set[str] = set()
    prefetch = writes // (4 * (kills + 1))
    writer = threading.Thread(target=_write, args=(source, writes, written, known), kwargs={"ahead": prefetch})
    writer.start()
    heard: list[tuple[str, str]] = []
    for turn in tqdm(range(kills + 1), desc="listeners", disable=None):
        wanted = writes * (turn + 1) // (kills + 1)
        heard += _listen(source, place, known=known, wanted=wanted)
        saved = (len(heard) - 1) // _SAVED_EVERY * _SAVED_EVERY
        place = heard[saved - 1][0] if saved else place
    writer.join()
    return Outcome(written, heard, kills, time.monotonic() - began)


def _write(source: Source, writes: int, written: list[str], known: set[str], *, prefetch: int) -> None:
    """Never so far ahead of what is heard that a listener could hear all of it before it is killed."""
    place = {"database_id": source.database, "collection_name": source.collection}
    with source.client() as client:
        while len(written) < writes:
            if len(written) > len(known) + prefetch:
                time.sleep(0.01)
                continue
            count = min(_BATCH, writes - len(written))
            answer = client.post("/api/crud", json={**place, "data": [{"n": len(written)}] * count})
            written.extend(answer.raise_for_status().json()["inserted_ids"])


def _listen(source: Source, place: str, *, known: set[str], wanted: int) -> list[tuple[str, str]]:
    """What one listener hears until `wanted` events are known in all; then it is killed."""
    environment = {**os.environ, ADDRESS: source.url, AUTHORIZATION: source.authorization}
    command = [sys.executable, "-m", "tests.faults.listener", source.database, place]
    with tempfile.NamedTemporaryFile() as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file)
        try:
            return _await(Path(file.name), known=known, wanted=wanted)
        finally:
            process.kill()
            process.wait()


def _await(file: Path, *, known: set[str], wanted: int) -> list[tuple[str, str]]:
    ends = time.monotonic() + _PATIENCE
    while True:
        whole = file.read_text().rpartition("\n")[0].splitlines()
        found = [(token, document) for token, document in map(str.split, whole)]
        known.update(token for token, _ in found)
        if len(known) >= wanted or time.monotonic() > ends:
            return found
        time.sleep(0.02)


def _source(url: str) -> Source:
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
        made = client.post("/api/create_database", json=body, headers=headers).raise_for_status().json()
    return Source(url, headers["Authorization"], made["database"]["id"], "things")


if __name__ == "__main__":
    main()
