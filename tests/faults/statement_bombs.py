"""Figure 13: tenants that send statements without an end, and another one that reads meanwhile."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack

from tests.faults.support import Account, Figure, Service, percentile, sign_up, timed, watched_memory

_ENDLESS = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) "
BOMBS = (
    _ENDLESS + "SELECT count(*) AS n FROM r",
    _ENDLESS + "SELECT count(*) AS n FROM r a, r b",
    _ENDLESS + "SELECT max(hex(zeroblob(1000000))) AS n FROM r",
)
# They end by themselves, in a second.
MEMORY_BOMBS = (
    _ENDLESS + "SELECT count(DISTINCT x || hex(zeroblob(500000))) AS n FROM r",
    "WITH RECURSIVE r(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM r) SELECT max(x) AS n FROM r",
)


def measure(
    service: Service,
    *,
    tenants: int = 8,
    bombs: Sequence[str] = (*BOMBS, *MEMORY_BOMBS),
    rounds: int = 2,
    max_growth: int = 50,
    settle: float = 5.0,
) -> Figure:
    """Let `tenants` send `rounds` statements each, one after the other. `max_growth` is in MiB of a web process."""
    with ExitStack() as stack:
        accounts = [stack.enter_context(sign_up(service)) for _ in range(tenants)]
        reader = stack.enter_context(sign_up(service))
        reader.insert([{"n": number} for number in range(100)])
        with watched_memory(service, settle=settle) as use:
            statuses: Counter[int] = Counter()
            threads = [
                threading.Thread(target=_send, args=(account, number, bombs, rounds, statuses))
                for number, account in enumerate(accounts)
            ]
            for thread in threads:
                thread.start()
            reads = []
            while any(thread.is_alive() for thread in threads) or not reads:
                reads.append(timed(lambda: reader.read(sort="n", page_size=50)))
    growth = use.highest(use.peak) - use.highest(use.before)
    failed = sum(status != 200 for status, _ in reads)
    seconds = [took for _, took in reads]
    unexpected = {*statuses} - {200, 400, 429, 503}
    return Figure(
        13,
        f"reads while {tenants} tenants run endless statements",
        f"none fails, web processes grow by less than {max_growth} MB",
        f"{failed} of {len(reads)} reads failed, {growth:+d} MB, "
        f"median {percentile(seconds, 0.5):.3f} s,"
        f" 99 % {percentile(seconds, 0.99):.2f} s; statements {dict(sorted(statuses.items()))}",
        failed == 0 and growth < max_growth and not unexpected,
    )


def _send(account: Account, number: int, bombs: Sequence[str], rounds: int, statuses: Counter[int]) -> None:
    for turn in range(rounds):
        body = {"database_id": account.database, "query": bombs[(number + turn) % len(bombs)]}
        status, _ = timed(lambda: account.client.post("/api/sql", json=body))  # noqa: B023
        statuses[status] += 1
