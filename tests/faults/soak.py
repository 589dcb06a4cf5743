"""Figure 8: mixed load and attacks for minutes, and the memory of each process before, at most and after.

`.venv/bin/python -m tests.faults.soak --minutes 10` starts a service of its own.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from tqdm import tqdm

from datacube.local import test_service
from tests.faults import large_images, schema_attack, wide_bodies
from tests.faults.support import MIB, Account, Figure, MemoryUse, Service, sign_up, timed, watched_memory

_ATTACKS: tuple[Callable[[Service], object], ...] = (
    schema_attack.measure,
    lambda service: wide_bodies.measure(service, count=2),
    lambda service: large_images.measure(service, count=2),
)
_SETTLE_SECONDS = 15.0


def measure(service: Service, *, seconds: float = 60.0, max_mib: int = 400) -> Figure:
    held, statuses = soak(service, seconds=seconds)
    lines = ", ".join(
        f"{name} {'/'.join(str(held.highest(which, name=name)) for which in (held.before, held.peak, held.after))}"
        for name in ("web", "worker", "scheduler")
    )
    after = held.highest(held.after)
    return Figure(
        8,
        f"{seconds:.0f} s of load and attacks: MB before/peak/after",
        f"web below {max_mib} MB",
        f"{lines}; {statuses}",
        held.highest(held.peak) < max_mib and after < max_mib,
    )


def soak(service: Service, *, seconds: float) -> tuple[MemoryUse, Mapping[int, int]]:
    """Return the memory of each process, and how often the load got each status."""
    stop, statuses = threading.Event(), Counter[int]()
    with sign_up(service) as account, watched_memory(service, settle=_SETTLE_SECONDS) as held:
        threads = [threading.Thread(target=_load, args=(account, stop, statuses)) for _ in range(6)]
        threads += [threading.Thread(target=_attack, args=(service, attack, stop)) for attack in _ATTACKS]
        for thread in threads:
            thread.start()
        for _ in tqdm(range(int(seconds)), desc="soak", unit="s", disable=None, leave=False):
            time.sleep(1)
        stop.set()
        for thread in threads:
            thread.join()
    return held, dict(statuses)


def _load(account: Account, stop: threading.Event, statuses: Counter[int]) -> None:
    n = 0
    while not stop.is_set():
        n += 1
        documents = [{"n": n, "text": "x" * 300, "tags": [1, 2, 3]} for _ in range(50)]
        insert = timed(lambda: account.client.post("/api/crud", json=account.body(data=documents)))  # noqa: B023
        read = timed(lambda: account.read(page_size=200))
        update = account.body(filters={"n": n}, update_data={"text": "y"}, all=True)
        change = timed(lambda: account.client.put("/api/crud", json=update))  # noqa: B023 - sent at once
        statuses.update(status for status, _ in (insert, read, change))


def _attack(service: Service, attack: Callable[[Service], object], stop: threading.Event) -> None:
    while not stop.is_set():
        attack(service)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    environment = dict(os.environ)
    home = test_service.prepare(environment)
    with test_service.service(environment) as url:
        held, statuses = soak(Service(url, home), seconds=options.minutes * 60)
    test_service.tidy(home, passed=True)
    print(f"{'process':>10} {'id':>8} {'before':>8} {'peak':>8} {'after':>8}  (MB)")
    for pid, name in sorted(held.names.items(), key=lambda item: item[::-1]):
        columns = (which.get(pid, 0) // MIB for which in (held.before, held.peak, held.after))
        print(f"{name:>10} {pid:>8} " + " ".join(f"{value:>8}" for value in columns))
    print(f"answers of the load by status: {dict(statuses)}")
    sys.exit(0)


if __name__ == "__main__":
    main()
