"""Figure 11: statements of SQL that write, whose process or web process is killed: all of their rows, or none."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.faults.killed_writes import _await_ready
from tests.faults.support import Account, Figure, Service, sign_up

PROGRAM = b"features.sql.programs.statement"
_INSERT = "INSERT INTO things (n) SELECT n + 1000000 FROM things WHERE n < {rows}"
_UPDATE = "UPDATE things SET n = n + 2000000 WHERE n < {rows}"
_BACK = "UPDATE things SET n = n - 2000000 WHERE n >= 2000000"
_DELETE = "DELETE FROM things WHERE n >= 1000000 AND n < 2000000"
_PAGE = 1_000


def measure(service: Service, *, rows: int = 2_000, rounds: int = 12, max_delay: float = 0.8) -> Figure:
    """Kill the process of a statement, or the web processes, at a random time, in each of `rounds` statements."""
    faults: list[str] = []
    outcomes: Counter[str] = Counter()
    below: set[int] = set()
    with sign_up(service) as account:
        for start in range(0, rows, _PAGE):
            account.insert([{"n": number} for number in range(start, start + _PAGE)])
        for number in range(rounds):
            statement, undo = [(_UPDATE, _BACK), (_INSERT, _DELETE)][number // 2 % 2]
            victim = ("statement", "web")[number % 2]
            # The process of a statement has ended long before its rows are stored.
            delay = random.SystemRandom().uniform(0, max_delay if victim == "web" else max_delay / 5)
            answer = _struck(service, account, statement.format(rows=rows), victim=victim, delay=delay, below=below)
            _await_ready(account.client)
            stored = [*_numbers(account)]
            outcome, fault = _judged(stored, answer, statement=statement, rows=rows)
            outcomes[f"{victim}: {outcome}"] += 1
            faults += [fault] if fault else []
            _repeat(account, undo)
    left = [pid for pid in below if _has(pid, PROGRAM)]
    return Figure(
        11,
        f"statements of {rows} rows whose process or web process was killed",
        "all of their rows or none, and all if acknowledged; no process outlives its web process",
        f"{dict(sorted(outcomes.items()))}, {len(faults)} wrong{''.join(f'; {text}' for text in faults[:3])}; "
        f"{len(left)} of {len(below)} processes left",
        not faults and not left,
    )


def children(parents: set[int], words: bytes) -> Iterator[int]:
    """Yield the processes below some parents whose command line contains `words`."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent in parents and words in (entry / "cmdline").read_bytes():
                yield int(entry.name)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended


def _struck(
    service: Service, account: Account, statement: str, *, victim: str, delay: float, below: set[int]
) -> dict[str, Any] | None:
    """Run a statement and kill its victim after a delay; return the answer, or None without one.

    Adds the processes that the killed web processes had started to `below`.
    """
    answers: list[dict[str, Any] | None] = []
    thread = threading.Thread(target=lambda: answers.append(_run(account, statement)))
    thread.start()
    time.sleep(delay)
    web = {*service.processes("web")}
    started = {*children(web, PROGRAM)}
    if victim == "web":
        below |= started
    for pid in web if victim == "web" else started:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # its statement has just ended
    thread.join()
    return answers[0]


def _has(pid: int, words: bytes) -> bool:
    """Return whether a process runs whose command line contains `words`."""
    try:
        return words in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


def _run(account: Account, statement: str) -> dict[str, Any] | None:
    body = {"database_id": account.database, "query": statement}
    try:
        answer = account.client.post("/api/sql", json=body)
    except httpx.TransportError:
        return None
    return answer.json() if answer.status_code == 200 else None


def _repeat(account: Account, statement: str) -> None:
    """Run a statement until it succeeds: a killed transaction holds its documents for some time."""
    ends_at = time.monotonic() + 120
    while time.monotonic() < ends_at:
        answer = _run(account, statement)
        if answer is not None:
            return
        time.sleep(0.5)
    raise TimeoutError(f"{statement} does not succeed.")


def _numbers(account: Account) -> Iterator[int]:
    last = -1
    while True:
        found = account.read(filters=f'{{"n": {{"$gt": {last}}}}}', sort="n", page_size=_PAGE).raise_for_status()
        documents = found.json()["data"]
        yield from (document["n"] for document in documents)
        if len(documents) < _PAGE:
            return
        last = documents[-1]["n"]


def _judged(stored: list[int], answer: dict[str, Any] | None, *, statement: str, rows: int) -> tuple[str, str]:
    """Return what happened, and what is wrong with it."""
    before = [*range(rows)]
    moved = [number + (1_000_000 if statement is _INSERT else 2_000_000) for number in before]
    after = before + moved if statement is _INSERT else moved
    is_acknowledged = answer is not None
    if sorted(stored) == after:
        return ("all, acknowledged" if is_acknowledged else "all, not acknowledged"), ""
    if sorted(stored) == before and not is_acknowledged:
        return "none", ""
    done = len({*stored} & {*moved})
    return "wrong", f"{done} of {rows} rows, {len(stored)} documents, acknowledged: {is_acknowledged}"
