"""Clients of the drill: writers with keys, a probe without, and a listener; each notes what it was told."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import httpx

from datacube_client import DataCube, DataCubeError, Retries
from datacube_client.clients import Collection, Database

_OPTIONS = {"trust_env": False}
# A client waits longer than any outage of the drill.
_RETRIES = Retries(attempts=40, delay=0.1, max_delay=2.0)
_PROBE_SECONDS = 0.1
_SETTLE_SECONDS = 60.0


@dataclass
class Load:
    """Requests to one collection until `stop`. Each document has a number `n` of its own."""

    url: str
    key: str
    database: str
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: set[int] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, *, writers: int) -> None:
        work = [(self._write, number) for number in range(writers)]
        with self._client() as client:
            position = client.database(self.database).read_events()["next"]
        self.threads = [
            *(threading.Thread(target=function, args=(number,)) for function, number in work),
            threading.Thread(target=self._probe),
            threading.Thread(target=self._listen, args=(position,), daemon=True),
        ]
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        """Stop the writers and wait for their last answers; the listener goes on."""
        self.stop.set()
        for thread in self.threads[:-1]:
            thread.join()

    def _client(self) -> DataCube:
        return DataCube(self.url, self.key, retries=_RETRIES, options=_OPTIONS)

    def _write(self, number: int) -> None:
        """Insert one document after the other, each repeated by the client until it is acknowledged."""
        with self._client() as client:
            things = _things(client.database(self.database))
            n = (number + 1) * 1_000_000
            while not self.stop.is_set():
                n += 1
                try:
                    things.insert([{"n": n}])
                except DataCubeError as error:
                    self.failed.append(f"{n}: {error}")
                else:
                    self.acknowledged.add(n)

    def _probe(self) -> None:
        """Insert ten times a second without a key and without repetition, and note when an answer came."""
        headers = {"Authorization": f"Api-Key {self.key}"}
        n = 0
        with httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False) as client:
            while not self.stop.wait(_PROBE_SECONDS):
                n += 1
                target = {"database_id": self.database, "collection_name": "things"}
                try:
                    answer = client.post("/api/crud", json={**target, "data": [{"n": n}]})
                except httpx.TransportError as error:
                    self.refused[type(error).__name__] += 1
                    continue
                if answer.status_code == 201:
                    self.acknowledged.add(n)
                    self.answered.append(time.monotonic())
                else:
                    self.refused[str(answer.status_code)] += 1

    def _listen(self, position: str) -> None:
        """Count the events of each document, across the ends of connections."""
        with self._client() as client:
            for event in client.database(self.database).events(position, collection="things"):
                self.events[event["document_id"]] += 1

    # --- what is stored -------------------------------------------------------------------------------

    def outage(self, begin: float, end: float) -> float:
        """Return the longest time in seconds without an answer to the probe between two moments."""
        moments = [begin, *(moment for moment in self.answered if begin < moment < end), end]
        return max(later - earlier for earlier, later in pairwise(moments))

    def check(self) -> Outcome:
        """Compare the documents with what was acknowledged, and the events with the documents."""
        with self._client() as client:
            documents = list(_things(client.database(self.database)).find(fields="n", page_size=1000))
        numbers = Counter(document["n"] for document in documents)
        ids = {document["_id"] for document in documents}
        deadline = time.monotonic() + _SETTLE_SECONDS
        while ids - self.events.keys() and time.monotonic() < deadline:
            time.sleep(0.2)
        return Outcome(
            acknowledged=len(self.acknowledged),
            lost=len(self.acknowledged - numbers.keys()),
            doubled=sum(count - 1 for count in numbers.values()),
            failed=len(self.failed),
            missed_events=len(ids - self.events.keys()),
            doubled_events=sum(count - 1 for count in self.events.values()),
        )


@dataclass(frozen=True)
class Outcome:
    """Numbers of documents and events after everything has recovered. `failed` writers gave up."""

    acknowledged: int
    lost: int
    doubled: int
    failed: int
    missed_events: int
    doubled_events: int


def _things(database: Database) -> Collection:
    return database.collection("things")
