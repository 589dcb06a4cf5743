"""Figure 12: many calls of a function in a row leave no process, file or memory behind."""

from __future__ import annotations

import os
import tempfile

from tests.faults.killed_statements import children
from tests.faults.support import Figure, Service, at_once, percentile, sign_up, timed, watched_memory

_SOURCE = "export default ({ data }: any) => ({ data: data.n })"
_WORD = b"runner.js"


def measure(service: Service, *, calls: int = 1_000, max_growth: int = 50, settle: float = 10.0) -> Figure:
    """Call a function from two threads. `max_growth` is in MiB, of each web process."""
    with sign_up(service) as account:
        database = account.client.get("/api/dbs").raise_for_status().json()["databases"][0]["id"]
        body = {"name": "repeated", "content": _SOURCE}
        made = account.client.post(f"/api/dbs/{database}/functions?check=false", json=body).raise_for_status()
        path = f"/fns/{made.json()['id']}"
        account.client.post(path, json={"n": 0}).raise_for_status()
        files = _files()
        with watched_memory(service, settle=settle) as use:

            def call(thread: int) -> list[float]:
                took = []
                for number in range(calls // 2):
                    answer, seconds = timed(lambda: account.client.post(path, json={"n": number}))  # noqa: B023
                    took.append(seconds if answer == 200 else float("inf"))
                return took

            seconds = [item for part in at_once(2, call) for item in part]
        left = len([*children({*service.processes("web")}, _WORD)])
        new = _files() - files
    growth = use.highest(use.after) - use.highest(use.before)
    failed = sum(1 for item in seconds if item == float("inf"))
    return Figure(
        12,
        f"{calls} calls of a function in a row",
        f"none fails, no file, at most one waiting process of each web process, +{max_growth} MB",
        f"{failed} failed, {len(new)} files, {left} processes, {growth:+d} MB, "
        f"median {percentile(seconds, 0.5):.2f} s",
        failed == 0 and not new and left <= len(service.processes("web")) and growth <= max_growth,
    )


def _files() -> set[str]:
    return {name for name in os.listdir(tempfile.gettempdir()) if "deno" in name}
