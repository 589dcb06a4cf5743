"""Figure 20: a database that moves to another cluster and back while it is used."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from datacube.local import paths
from tests.faults.support import Account, Figure, Service, sign_up
from tests.mongod import replica_set

_MAX_REFUSED_SECONDS = 12.0  # as long as an election takes
_WRITERS = 4
_PAGE = 1_000
_GIVE_UP_SECONDS = 300


@dataclass
class _Writer:
    """Inserts and changes documents, and repeats what is refused. `stored` has the value of each one."""

    account: Account
    stored: dict[str, int] = field(default_factory=dict)
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            inserted = self._send("POST", 201, data=[{"n": number}])["inserted_ids"][0]
            self.stored[inserted] = number
            self._send("PUT", 200, filters={"_id": inserted}, update_data={"n": -number})
            self.stored[inserted] = -number

    def _send(self, verb: str, status: int, **members: Any) -> Any:
        began = time.monotonic()
        while True:
            answer = self.account.client.request(verb, "/api/crud", json=self.account.body(**members))
            if answer.status_code != 503:
                break
            time.sleep(0.1)
        self.longest = max(self.longest, time.monotonic() - began)
        if answer.status_code != status:
            self.wrong.append(f"{verb} {answer.status_code}")
        return answer.json()


def measure(service: Service, *, documents: int = 20_000) -> Figure:
    """Move a database of `documents` there and back by the command, while four clients write and one reads."""
    name = f"second-{secrets.token_hex(4)}"
    with sign_up(service) as account, replica_set() as uri:
        for start in range(0, documents, _PAGE):
            account.insert([{"n": 0, "text": "x" * 200} for _ in range(start, start + _PAGE)])
        _command(service, "add", name, CLUSTER_URI=uri)
        stop, writers, reads = threading.Event(), [_Writer(account) for _ in range(_WRITERS)], list[int]()
        threads = [threading.Thread(target=writer.run, args=(stop,)) for writer in writers]
        threads.append(threading.Thread(target=_read, args=(account, stop, reads)))
        for thread in threads:
            thread.start()
        try:
            printed = [_command(service, "move", account.database, target) for target in (name, "main")]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        _command(service, "remove", name)
        expected = {key: value for writer in writers for key, value in writer.stored.items()}
        stored = _all(account)
    lost = sum(stored.get(key) != value for key, value in expected.items())
    extra = len(stored) - documents - len(expected)
    wrong = [text for writer in writers for text in writer.wrong]
    longest, failed = max(writer.longest for writer in writers), sum(status != 200 for status in reads)
    moves = "; ".join(text.splitlines()[0].partition(": ")[2] for text in printed)
    return Figure(
        20,
        f"a database of {documents} documents moves to another cluster and back, while {_WRITERS} clients write",
        f"nothing lost or doubled, no read fails, writes refused for at most {_MAX_REFUSED_SECONDS:.0f} s",
        f"{len(expected)} inserts and changes acknowledged, {lost} lost, {extra} doubled, {len(wrong)} failed; "
        f"longest wait of a write {longest:.1f} s; {failed} of {len(reads)} reads failed. There and back: {moves}",
        bool(expected)
        and bool(reads)
        and not (lost or extra or wrong or failed)
        and longest <= _MAX_REFUSED_SECONDS,
    )


def _read(account: Account, stop: threading.Event, statuses: list[int]) -> None:
    while not stop.wait(0.05):
        statuses.append(account.read(page_size=10).status_code)


def _all(account: Account) -> dict[str, int]:
    """Return the `n` of every document, by its id, in ranges of ids."""
    found: dict[str, int] = {}
    last = "0" * 24
    while True:
        filters = orjson.dumps({"_id": {"$gt": last}}).decode()
        answer = account.read(filters=filters, fields="n", sort="_id", page_size=_PAGE)
        documents = answer.raise_for_status().json()["data"]
        found |= {item["_id"]: item["n"] for item in documents}
        if len(documents) < _PAGE:
            return found
        last = documents[-1]["_id"]


def _command(service: Service, *arguments: str, **environment: str) -> str:
    """Run `datacube cluster` for the installation of the service, and return what it prints."""
    command = [sys.executable, str(paths.ROOT / "manage.py"), "cluster", *arguments]
    settings = {**os.environ, "DATACUBE_HOME": str(service.home), **environment}
    ended = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=_GIVE_UP_SECONDS)
    if ended.returncode:
        raise RuntimeError(ended.stderr)
    return ended.stdout
