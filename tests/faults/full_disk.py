"""Figure 19: a disk below its floor refuses what needs space, serves the rest, and recovers by itself."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from datacube.local import test_service
from tests.faults.support import MIB, Account, Figure, Service, sign_up, timed

_MARGIN = 512 * MIB  # free space above the floor; other programs use the disk too
_MAX_SECONDS = 15.0
_PAUSE_SECONDS = 0.25

Send = Callable[[], httpx.Response]


def measure(_: Service) -> Figure:
    """Start a service of its own whose floor is just below the free space, and take that space with a file."""
    environment = dict(os.environ)
    home = test_service.prepare(environment)
    environment["MIN_FREE_BYTES"] = str(shutil.disk_usage(home).free - _MARGIN)
    with test_service.service(environment) as url:
        figure = _measured(Service(url, home))
    test_service.tidy(home, passed=figure.ok)
    return figure


def _measured(service: Service) -> Figure:
    with sign_up(service) as account:
        (known, removed) = account.insert([{"n": 1}, {"n": 2}])
        refused = {
            "insert": lambda: account.client.post("/api/crud", json=account.body(data=[{"n": 3}])),
            "update": lambda: _changed(account, known),
            "import": lambda: _imported(account),
        }
        served = {
            "read": lambda: account.read(page_size=10),
            "delete": lambda: account.client.request(
                "DELETE", "/api/crud", json=account.body(filters={"_id": removed})
            ),
            "liveness": lambda: account.client.get("/healthz"),
        }
        space = _taken_space(service.home)
        noticed = _seconds_until(refused["insert"], 507)
        full = _statuses({**refused, **served})
        space.unlink()
        back = _seconds_until(refused["insert"], 201)
    expected = {**dict.fromkeys(refused, 507), **dict.fromkeys(served, 200)}
    return Figure(
        19,
        "a disk below MIN_FREE_BYTES",
        f"507 to what needs space, the rest served; noticed and back within {_MAX_SECONDS:.0f} s",
        f"{full}; noticed after {noticed:.1f} s, back after {back:.1f} s",
        full == expected and max(noticed, back) <= _MAX_SECONDS,
    )


def _taken_space(home: Path) -> Path:
    """Take twice the margin of the disk."""
    space = home / "space"
    with space.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 2 * _MARGIN)
    return space


def _changed(account: Account, document: str) -> httpx.Response:
    body = account.body(filters={"_id": document}, update_data={"$inc": {"n": 1}})
    return account.client.put("/api/crud", json=body)


def _imported(account: Account) -> httpx.Response:
    form = {"database_id": account.database, "collection_name": "imported"}
    return account.client.post(
        "/api/import_data", data=form, files={"json_file": ("rows.csv", b"n\n1\n", "text/csv")}
    )


def _statuses(requests: Mapping[str, Send]) -> dict[str, int]:
    return {kind: timed(send)[0] for kind, send in requests.items()}


def _seconds_until(send: Send, status: int) -> float:
    """Return the seconds until a request has this status, which may be more than the limit of the figure."""
    began = time.monotonic()
    while timed(send)[0] != status and time.monotonic() - began < 2 * _MAX_SECONDS:
        time.sleep(_PAUSE_SECONDS)
    return time.monotonic() - began
