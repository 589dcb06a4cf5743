"""Figure 10: acknowledged writes after kill -9 of web processes and mongod: there once, with their versions."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx

from datacube.local import test_service
from tests.faults.support import Account, Figure, Service, at_once, sign_up, timed

_MONGOD = (b"mongod", b"--dbpath")
_UPDATES = 3
_PAUSE_SECONDS = 0.2
_READY_SECONDS = 120


@dataclass
class _Written:
    """What was acknowledged of one document, and what may have happened to it besides."""

    id: str
    updates: int = 0
    unknown_updates: int = 0
    is_deleted: bool = False
    may_be_deleted: bool = False


def measure(service: Service, *, writers: int = 24, kills: int = 6, seconds: float = 4.0) -> Figure:
    """Kill a web process `kills` times, and mongod at the last time, `seconds` apart, among writes of all kinds."""
    with sign_up(service) as account:
        stop = threading.Event()
        killer = threading.Thread(target=_kill, args=(service, kills, seconds, stop))
        killer.start()
        written = [item for part in at_once(writers, lambda _: _write(account, stop)) for item in part]
        killer.join()
        _await_ready(account.client)
        faults = [text for item in written if (text := _fault(account, item))]
    acknowledged = len(written) + sum(item.updates + item.is_deleted for item in written)
    return Figure(
        10,
        f"acknowledged writes after {kills} kills of web processes and one of mongod",
        "none lost, doubled or without its version",
        f"{acknowledged} acknowledged, {len(faults)} wrong{''.join(f'; {text}' for text in faults[:3])}",
        bool(written) and not faults,
    )


def _kill(service: Service, kills: int, seconds: float, stop: threading.Event) -> None:
    for turn in range(kills):
        time.sleep(seconds)
        for pid in [*service.processes("web")][:1]:
            os.kill(pid, signal.SIGKILL)
        if turn == kills - 1:
            for pid in test_service.processes(_MONGOD, home=service.home):
                os.kill(pid, signal.SIGKILL)
    time.sleep(seconds)
    stop.set()


def _write(account: Account, stop: threading.Event) -> list[_Written]:
    written: list[_Written] = []
    while not stop.is_set():
        answer = _sent(account, "POST", data=[{"n": 0}])
        if answer is None:
            continue
        item = _Written(answer["inserted_ids"][0])
        written.append(item)
        for _ in range(_UPDATES):
            if _sent(account, "PUT", filters={"_id": item.id}, update_data={"$inc": {"n": 1}}) is None:
                item.unknown_updates += 1
            else:
                item.updates += 1
        if len(written) % 3 == 0:
            item.may_be_deleted = True
            item.is_deleted = _sent(account, "DELETE", filters={"_id": item.id}) is not None
    return written


def _sent(account: Account, verb: str, **members: Any) -> dict[str, Any] | None:
    """Return the answer to a write, or None where it is not known whether it was made."""
    try:
        answer = account.client.request(verb, "/api/crud", json=account.body(**members))
    except httpx.TransportError:
        time.sleep(_PAUSE_SECONDS)
        return None
    if answer.status_code >= 500:
        time.sleep(_PAUSE_SECONDS)
        return None
    body: dict[str, Any] = answer.raise_for_status().json()
    return body


def _await_ready(client: httpx.Client) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        if timed(lambda: client.get("/readyz"))[0] == 200:
            return
        time.sleep(_PAUSE_SECONDS)
    raise TimeoutError("The service was not ready again.")


def _fault(account: Account, item: _Written) -> str:
    """Return what is wrong with a document, or an empty text."""
    (*rows,) = account.read(filters=f'{{"_id": "{item.id}"}}').raise_for_status().json()["data"]
    if not rows and not item.may_be_deleted:
        return f"{item.id} is lost"
    if rows and item.is_deleted:
        return f"{item.id} was deleted and is there"
    params = account.body(document_id=item.id, page_size=100)
    history = account.client.get("/api/history", params=params).raise_for_status().json()["versions"]
    numbers = sorted(version["version"] for version in history)
    if numbers != [*range(1, len(numbers) + 1)]:
        return f"{item.id} has the versions {numbers}"
    if rows and rows[0]["n"] != rows[0]["_sys"]["version"] - 1:
        return f"{item.id} has an update without its version, or twice"
    updates = len(numbers) - 1
    if not item.updates <= updates <= item.updates + item.unknown_updates:
        return f"{item.id} has {updates} updates, acknowledged were {item.updates}"
    return ""
