"""Figures 15 to 18: MongoDB and Valkey that hang or are down, and what the service answers then and afterwards."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import httpx

from datacube.local import test_service
from tests.faults.support import Account, Figure, Service, sign_up, timed

MONGOD = (b"mongod", b"--dbpath")
VALKEY = (b"valkey-server",)
_MAX_SECONDS = 10.0  # until an answer, and until the service is back
_GIVE_UP_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
_IMPORT = b"text\n" + (b"x" * 100_000 + b"\n") * 12  # too large to be imported before the answer

Send = Callable[[], httpx.Response]
Outage = Callable[[], AbstractContextManager[None]]


@dataclass
class Answers:
    """Statuses, and the longest time of an answer, by kind of request."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    longest: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, status: int, seconds: float) -> None:
        self.statuses.setdefault(kind, Counter())[status] += 1
        self.longest[kind] = max(self.longest.get(kind, 0.0), seconds)

    def of(self, kind: str) -> set[int]:
        return {*self.statuses.get(kind, ())}

    def __str__(self) -> str:
        kinds = (f"{kind} {dict(sorted(self.statuses[kind].items()))}" for kind in self.statuses)
        return f"{', '.join(kinds)}, the longest {max(self.longest.values(), default=0):.1f} s"


def measure_hung_mongod(service: Service, *, seconds: float = 20.0) -> Figure:
    """Stop mongod for `seconds` as a machine whose disk does not answer does (SIGSTOP)."""
    return _mongod(15, "hangs", service, _stopped(service, MONGOD), seconds)


def measure_dead_mongod(service: Service, *, seconds: float = 20.0) -> Figure:
    """Kill mongod again and again for `seconds`, as often as it is started again."""
    return _mongod(16, "is down", service, _killed(service, MONGOD), seconds)


def measure_hung_valkey(service: Service, *, seconds: float = 20.0) -> Figure:
    return _valkey(17, "hangs", service, _stopped(service, VALKEY), seconds)


def measure_dead_valkey(service: Service, *, seconds: float = 20.0) -> Figure:
    return _valkey(18, "is down", service, _killed(service, VALKEY), seconds)


def _mongod(number: int, state: str, service: Service, outage: Outage, seconds: float) -> Figure:
    with sign_up(service) as account:
        (known,) = account.insert([{"n": -1}])
        requests = {**_requests(account), "liveness": lambda: account.client.get("/healthz")}
        requests["readiness"] = lambda: account.client.get("/readyz")
        answers = _answers_during(outage, requests, seconds=seconds)
        usual = {"read": 200, "write": 201, "readiness": 200}
        back = _seconds_until(lambda: all(timed(requests[kind])[0] == usual[kind] for kind in usual))
        is_there = known in {row["_id"] for row in account.read(sort="n").raise_for_status().json()["data"]}
    refused = {kind: answers.of(kind) for kind in ("read", "write", "readiness")}
    kept = all(503 in statuses and statuses <= {200, 201, 503} for statuses in refused.values())
    return Figure(
        number,
        f"MongoDB {state} for {seconds:.0f} s",
        f"503 within {_MAX_SECONDS:.0f} s, liveness 200, back within {_MAX_SECONDS:.0f} s",
        f"{answers}; back after {back:.1f} s",
        kept and answers.of("liveness") == {200} and is_there
        and max(*answers.longest.values(), back) <= _MAX_SECONDS,
    )  # fmt: skip


def _valkey(number: int, state: str, service: Service, outage: Outage, seconds: float) -> Figure:
    jobs: list[str] = []
    with sign_up(service) as account:
        requests = {**_requests(account), "liveness": lambda: account.client.get("/healthz")}
        requests["import"] = lambda: _import(account, jobs)
        answers = _answers_during(outage, requests, seconds=seconds)
        back = _seconds_until(lambda: _import(account, jobs).status_code == 202)
        back += _seconds_until(lambda: all(_is_done(account, job) for job in jobs))
    kept = answers.of("read") == {200} and answers.of("write") == {201} and answers.of("liveness") == {200}
    return Figure(
        number,
        f"Valkey {state} for {seconds:.0f} s",
        f"reads and writes go on; imports 202 or 503, accepted ones done {_GIVE_UP_SECONDS:.0f} s later",
        f"{answers}; {len(jobs)} accepted imports done {back:.1f} s later",
        kept and answers.of("import") <= {202, 503} and max(answers.longest.values()) <= _MAX_SECONDS
        and back < _GIVE_UP_SECONDS,
    )  # fmt: skip


def _requests(account: Account) -> dict[str, Send]:
    return {
        "read": lambda: account.read(page_size=10),
        "write": lambda: account.client.post("/api/crud", json=account.body(data=[{"n": 1}])),
    }


def _import(account: Account, jobs: list[str]) -> httpx.Response:
    form = {"database_id": account.database, "collection_name": "imported"}
    files = {"json_file": ("rows.csv", _IMPORT, "text/csv")}
    answer = account.client.post("/api/import_data", data=form, files=files)
    if answer.status_code == 202:
        jobs.append(answer.json()["job_id"])
    time.sleep(1)
    return answer


def _is_done(account: Account, job: str) -> bool:
    answer = account.client.get("/api/import_status", params={"job_id": job})
    return answer.status_code == 200 and answer.json()["state"] == "done"


def _answers_during(outage: Outage, requests: Mapping[str, Send], *, seconds: float) -> Answers:
    """Send each kind of request again and again from a thread of its own while the outage lasts."""
    answers, stop, lock = Answers(), threading.Event(), threading.Lock()

    def ask(kind: str) -> None:
        while not stop.wait(_PAUSE_SECONDS):
            status, took = timed(requests[kind])
            with lock:
                answers.add(kind, status, took)

    threads = [threading.Thread(target=ask, args=(kind,)) for kind in requests]
    with outage():
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        stop.set()  # a request that is under way ends during the outage too
        for thread in threads:
            thread.join()
    return answers


def _seconds_until(check: Callable[[], bool]) -> float:
    """Return the seconds until a check holds, at most _GIVE_UP_SECONDS."""
    began = time.monotonic()
    while not check() and time.monotonic() - began < _GIVE_UP_SECONDS:
        time.sleep(_PAUSE_SECONDS)
    return time.monotonic() - began


def _stopped(service: Service, words: tuple[bytes, ...]) -> Outage:
    @contextmanager
    def outage() -> Iterator[None]:
        (*pids,) = test_service.processes(words, home=service.home)
        assert pids, f"no process has {words}"
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    return outage


def _killed(service: Service, words: tuple[bytes, ...]) -> Outage:
    @contextmanager
    def outage() -> Iterator[None]:
        stop = threading.Event()
        killed: set[int] = set()

        def kill() -> None:
            while not stop.wait(_PAUSE_SECONDS):
                for pid in test_service.processes(words, home=service.home):
                    killed.add(pid)
                    os.kill(pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            yield
        finally:
            stop.set()
            killer.join()
        assert killed, f"no process has {words}"

    return outage
