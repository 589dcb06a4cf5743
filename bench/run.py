"""Measures a fresh service, raw pymongo and two peers in turns, so that the ratios hold on any machine (`./dev
bench`).
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench import imports, load, report, versions
from bench.installation import Installation
from bench.peers import PEERS, Missing
from bench.raw import TOGETHER
from bench.targets import WORKLOADS, Airsequel, Communibase, Dialect, Target
from datacube.local import paths, test_service

_OURS_ALONE = ("many", "aliases", "list", "first_page", "deep_page")
_WRITES = ("insert", "update", "mixed", "batch")
_OPERATIONS_AT_ONCE = 16
# A target and a workload. A number is raw pymongo, which sends so many operations in one command.
Turn = tuple[Target | int, str]


def main() -> None:
    """Measure below DATACUBE_HOME, print the tables and write them into docs/benchmarks.md."""
    options = _options()
    if not shutil.which("wrk"):
        sys.exit("The load comes from wrk: apt-get install -y wrk")
    below = paths.home() / "bench"
    fresh = test_service.prepare(os.environ)
    # The tests' settings shorten the cache and watch the event loop; the measurement uses the defaults.
    del os.environ["CACHE_SECONDS"], os.environ["LOOP_WATCHDOG_MS"]
    with test_service.service(os.environ) as url, ExitStack() as stack:
        bench = Bench(url, seconds=options.seconds)
        bench.start_peers(stack, below, options.peers)
        bench.measure(rounds=options.rounds, connections=options.connections)
        parts = [versions.describe(options, sys.argv[1:]), bench.tables()]
        print(*parts, sep="\n\n", flush=True)
        if options.rows:
            parts.append(imports.measure(bench.installation, options.rows))
            print(parts[-1])
    text = "\n\n".join(parts)
    test_service.tidy(fresh, passed=True)
    if not options.quick:
        page = paths.ROOT / "docs" / "benchmarks.md"
        page.write_text(report.written(page, text))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a measurement of a minute; docs/benchmarks.md stays unchanged"
    )
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32, 128])
    parser.add_argument("--seconds", type=int, help="of each measurement; 5, or 1 with --quick")
    parser.add_argument("--rounds", type=int, help="of which medians are reported; 5, or 1 with --quick")
    parser.add_argument(
        "--rows", type=int, help="of the import, 0 leaves it out; 1,000,000, or 20,000 with --quick"
    )
    parser.add_argument("--peers", nargs="*", choices=[*PEERS], default=[*PEERS], help="none leaves them out")
    options = parser.parse_args()
    usual = (1, 1, 20_000) if options.quick else (5, 5, 1_000_000)
    for name, value in zip(("seconds", "rounds", "rows"), usual, strict=True):
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


class Bench:
    """One tenant with two collections of 100,000 documents, the peers with theirs, and the figures."""

    def __init__(self, url: str, *, seconds: int) -> None:
        self.seconds = seconds
        self.installation = Installation(url, paths.home())
        self.samples: dict[tuple[str, str, int], list[load.Measurement]] = {}
        self.peers: list[Target] = []
        self.ours = self.installation.service(report.OURS, "people")
        self.plain = self.installation.service(report.OURS, "plain")
        self.people = self.installation.stored_name("people")
        self.plain.name = report.OURS_PLAIN
        self.dialects = [
            kind(name, url, self.ours.pids, self.ours.ids, self.ours.headers)
            for kind, name in (
                (Dialect, report.OURS_REST),
                (Communibase, report.OURS_COMMUNIBASE),
                (Airsequel, report.OURS_AIRSEQUEL),
            )
        ]
        for dialect in self.dialects:
            dialect.database = self.installation.database
        self.installation.service(report.OURS, "rows")
        self.dialects[-1].ready()
        self.installation.add_indexes("people", "plain", "rows")

    def start_peers(self, stack: ExitStack, parent: Path, names: list[str]) -> None:
        for name in names:
            try:
                self.peers.append(stack.enter_context(PEERS[name](parent, self.installation.uri)))
            except Missing as error:
                print(f"\nLEFT OUT: {name}. {error}\n", file=sys.stderr, flush=True)

    def measure(self, *, rounds: int, connections: list[int]) -> None:
        """Warm up every target, then measure rounds in which they take turns."""
        with tqdm(desc="warming up", disable=None) as bar:
            groups = [
                [turn for turn in turns if self._works(*turn, max(connections), bar)] for turns in self._groups()
            ]
        with tqdm(total=rounds * len(connections), desc="rounds", disable=None) as bar:
            for number in range(rounds):
                for count in connections:
                    self._round([_rotated(group, number) for group in groups], count)
                    bar.update()

    def _groups(self) -> list[list[Turn]]:
        """Return the turns of each workload, a dialect next to what it is compared with; batches come last."""
        return [self._turns(workload) for workload in sorted([*WORKLOADS, *_OURS_ALONE], key="batch".__eq__)]

    def _turns(self, workload: str) -> list[Turn]:
        dialects = [target for target in self.dialects if workload in report.IN_DIALECT[target.name]]
        # `/api/crud` stands between two dialects, next to both.
        ours = [] if workload == "aliases" else [self.ours]
        targets: list[Target | int] = [*dialects[:1], *ours, *dialects[1:]]
        if workload == "update":
            targets.append(self.plain)
        if workload in WORKLOADS:
            targets += [1, *([_OPERATIONS_AT_ONCE] if workload in TOGETHER else []), *self.peers]
        return [(target, workload) for target in targets]

    def _works(self, target: Target | int, workload: str, connections: int, bar: tqdm[Any]) -> bool:
        """Return whether a target can run a workload. A failed peer is left out; other failures are raised."""
        bar.update()
        try:
            self._sample(target, workload, connections)
        except load.Failed as error:
            if target not in self.peers:
                raise
            print(f"\nLEFT OUT: {error}\n", file=sys.stderr, flush=True)
            return False
        return True

    def _round(self, groups: list[list[Turn]], connections: int) -> None:
        for turns in groups:
            for target, workload in turns:
                sample = self._sample(target, workload, connections)
                self.samples.setdefault((_name(target), workload, connections), []).append(sample)

    def _sample(self, target: Target | int, workload: str, connections: int) -> load.Measurement:
        if isinstance(target, Target):
            sample = load.served(target, workload, connections=connections, seconds=self.seconds)
            load.wait_until_idle(target.pids)
        else:
            threads = min(8, max(1, connections // 2))
            sample = load.raw(self._order(workload, threads=threads, at_once=target))
        if workload in _WRITES:
            self.installation.settle()
        return sample

    def _order(self, workload: str, *, threads: int, at_once: int) -> dict[str, Any]:
        return {
            "uri": self.installation.uri,
            "database": self.installation.physical,
            "collection": self.people,
            "workload": workload,
            "ids": random.sample(self.ours.ids, 5_000),
            "seconds": self.seconds,
            "threads": threads,
            "at_once": at_once,
        }

    def tables(self) -> str:
        return report.tables(self.samples, peers=[peer.name for peer in self.peers])


def _name(target: Target | int) -> str:
    if isinstance(target, Target):
        return target.name
    return report.RAW if target == 1 else report.RAW_TOGETHER


def _rotated(turns: list[Turn], number: int) -> list[Turn]:
    """Return the turns of a round: each time another target is the first, so that no order is better."""
    first = number % max(len(turns), 1)
    return [*turns[first:], *turns[:first]]


if __name__ == "__main__":
    main()
