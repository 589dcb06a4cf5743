"""Measures the service of this checkout beside that of another, such as the commit before, in turns.

`python -m bench.before ../before`; both checkouts have run `./dev` once.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tqdm import tqdm

from bench import load, report
from bench.installation import Installation
from bench.targets import WORKLOADS, Service
from datacube.local import paths, test_service

_WRITES = ("insert", "update", "mixed", "batch")
_HEADER = (
    "| workload | connections | before, requests/s | now | now / before | p99 before, ms | now |"
    " CPU of a request before, µs | now |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def main() -> None:
    """Print the table."""
    options = _options()
    if not shutil.which("wrk"):
        sys.exit("The load comes from wrk: apt-get install -y wrk")
    with ExitStack() as stack:
        pairs = [_started(stack, options.checkout.resolve()), _started(stack, paths.ROOT)]
        keys = [(workload, count) for workload in WORKLOADS for count in options.connections]
        samples: dict[tuple[str, int], list[list[load.Measurement]]] = {key: [[], []] for key in keys}
        with tqdm(total=(options.rounds + 1) * len(keys), desc="measurements", disable=None) as bar:
            for number in range(options.rounds + 1):
                for (workload, count), measured in samples.items():
                    for side in (0, 1) if number % 2 else (1, 0):
                        installation, service = pairs[side]
                        sample = load.served(service, workload, connections=count, seconds=options.seconds)
                        load.wait_until_idle(service.pids)
                        if workload in _WRITES:
                            installation.settle()
                        if number:  # the first round warms up
                            measured[side].append(sample)
                    bar.update()
        print(table(samples))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.before", description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def _started(stack: ExitStack, checkout: Path) -> tuple[Installation, Service]:
    environment = dict(os.environ)
    home = test_service.prepare(environment)
    del environment["CACHE_SECONDS"], environment["LOOP_WATCHDOG_MS"]
    stack.callback(test_service.tidy, home, passed=True)
    url = stack.enter_context(test_service.service(environment, checkout=checkout))
    installation = Installation(url, home)
    service = installation.service(str(checkout), "people")
    installation.add_indexes("people")
    return installation, service


def table(samples: Mapping[tuple[str, int], Sequence[Sequence[load.Measurement]]]) -> str:
    """Return the medians; the ratio is the median of the rounds' ratios."""
    lines = [_HEADER]
    for (workload, connections), (before, now) in samples.items():
        ratio = median(new.rate / old.rate for old, new in zip(before, now, strict=True))
        rates, delays, costs = (
            [median(getattr(item, name) for item in side) for side in (before, now)]
            for name in ("rate", "p99", "cpu")
        )
        lines.append(
            f"| {report.NAMES[workload]} | {connections} | {rates[0]:,.0f} | {rates[1]:,.0f} | {ratio:.2f} |"
            f" {delays[0]:.1f} | {delays[1]:.1f} | {costs[0]:,.0f} | {costs[1]:,.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
