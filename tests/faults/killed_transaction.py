"""Figure 6: how long documents stay blocked after the web processes were killed in a transaction on them."""

from __future__ import annotations

import os
import signal
import threading
import time

from tests.faults.support import Figure, Service, sign_up, timed

_TIMEOUT = 90.0


def measure(service: Service, *, documents: int = 24_000, after: float = 0.6, max_seconds: float = 35.0) -> Figure:
    with sign_up(service) as account:
        ids: list[str] = []
        for start in range(0, documents, 8_000):
            ids += account.insert([{"n": number} for number in range(start, min(documents, start + 8_000))])
        everything = account.body(filters={}, all=True, update_data={"$inc": {"n": 1}})
        thread = threading.Thread(target=lambda: timed(lambda: account.client.put("/api/crud", json=everything)))
        thread.start()
        time.sleep(after)
        killed = time.monotonic()
        for pid in service.processes("web"):
            os.kill(pid, signal.SIGKILL)
        thread.join()
        statuses: list[int] = []
        one = account.body(filters={"_id": ids[0]}, update_data={"z": 1})
        while time.monotonic() - killed < _TIMEOUT:
            statuses.append(timed(lambda: account.client.put("/api/crud", json=one))[0])
            if statuses[-1] == 200:
                break
            time.sleep(0.5)
    took = time.monotonic() - killed
    return Figure(
        6,
        "blocked after both web processes were killed in a transaction",
        f"{max_seconds:.0f} s, never 413",
        f"{took:.1f} s, {sorted(set(statuses))}",
        took <= max_seconds and statuses[-1] == 200 and 413 not in statuses,
    )
