"""Starts a fresh service, attacks it, and prints each figure beside its limit (`./dev faults`)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from tqdm import tqdm

from datacube.local import test_service
from tests.faults import (
    cluster_moves,
    full_disk,
    killed_statements,
    killed_transaction,
    killed_writes,
    large_images,
    logins,
    outages,
    rejected_rows,
    repeated_calls,
    resuming,
    schema_attack,
    soak,
    statement_bombs,
    waiting,
    wide_bodies,
)
from tests.faults.support import Figure, Service

FIGURES: dict[int, Callable[[Service], Figure]] = {
    1: schema_attack.measure,
    2: wide_bodies.measure,
    3: large_images.measure,
    4: waiting.measure_slow_tenant,
    5: waiting.measure_crowd,
    6: killed_transaction.measure,
    7: resuming.measure,
    8: soak.measure,
    9: logins.measure,
    10: killed_writes.measure,
    11: killed_statements.measure,
    12: repeated_calls.measure,
    13: statement_bombs.measure,
    14: rejected_rows.measure,
    15: outages.measure_hung_mongod,
    16: outages.measure_dead_mongod,
    17: outages.measure_hung_valkey,
    18: outages.measure_dead_valkey,
    19: full_disk.measure,
    20: cluster_moves.measure,
}


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(prog="./dev faults", description=__doc__)
    parser.add_argument("figures", nargs="*", type=int, help="1 to 20; by default all")
    parser.add_argument("--soak", type=float, default=60.0, metavar="SECONDS", help="how long figure 8 takes")
    options = parser.parse_args(arguments)
    if unknown := set(options.figures) - FIGURES.keys():
        parser.error(f"There is no figure {min(unknown)}.")
    chosen = {number: FIGURES[number] for number in options.figures or FIGURES}
    if 8 in chosen:
        chosen[8] = lambda service: soak.measure(service, seconds=options.soak)
    figures = measure_all(chosen)
    print(table(figures))
    return 0 if all(figure.ok for figure in figures) else 1


def measure_all(chosen: dict[int, Callable[[Service], Figure]]) -> list[Figure]:
    """Return the figures of one fresh service."""
    environment = dict(os.environ)
    home = test_service.prepare(environment)
    for name in test_service.PATIENCE:  # the figures are those of a service as users run it
        del environment[name]
    figures = []
    with test_service.service(environment) as url:
        for number, measure in (bar := tqdm(chosen.items(), desc="figures", disable=None)):
            bar.set_postfix_str(f"figure {number}")
            figures.append(measure(Service(url, home)))
            tqdm.write(line(figures[-1]))
    test_service.tidy(home, passed=all(figure.ok for figure in figures))
    return figures


def line(figure: Figure) -> str:
    mark = "ok" if figure.ok else "NOT OK"
    return f"{figure.number}  {mark:<6}  {figure.name}: {figure.measured} (limit: {figure.limit})"


def table(figures: Sequence[Figure]) -> str:
    """Return a Markdown table of the figures."""
    rows = [("", "figure", "limit", "measured", "ok")]
    rows += [(str(f.number), f.name, f.limit, f.measured, "yes" if f.ok else "NO") for f in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
