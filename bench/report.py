"""Writes the figures as the tables of docs/benchmarks.md; the text around them is kept."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.load import Measurement

Samples = Mapping[tuple[str, str, int], Sequence[Measurement]]
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
OURS, OURS_PLAIN, RAW = "datacube", "datacube, no history", "raw pymongo"
RAW_TOGETHER = "raw pymongo, 16 operations at once"
OURS_REST, OURS_COMMUNIBASE = "datacube, REST dialect", "datacube, Communibase dialect"
OURS_AIRSEQUEL = "datacube, Airsequel dialect"
# The workloads of each dialect, which are compared with those of `/api/crud`.
IN_DIALECT = {
    OURS_REST: ("insert", "read", "filter", "update", "list"),
    OURS_COMMUNIBASE: ("many", "filter", "update"),
    OURS_AIRSEQUEL: ("read", "first_page", "aliases"),
}
_AS = {OURS: "", OURS_PLAIN: ", history off"} | {name: name.removeprefix(OURS) for name in IN_DIALECT}
NAMES = {
    "insert": "insert one",
    "read": "read by id",
    "filter": "read by indexed filter",
    "page": "page of 50, filter and sort",
    "update": "update one by id",
    "mixed": "70 % reads, 20 % updates, 10 % inserts",
    "batch": "insert 1,000 in one request",
    "many": "100 documents by their ids",
    "aliases": "20 rows by their keys, as aliases",
    "list": "the first page, sorted, with its total",
    "first_page": "the first page, sorted",
    "deep_page": "a page at depth 90,000, by cursor",
}


def written(path: Path, measured: str) -> str:
    """Return the text of the page with the part between the marks replaced."""
    text = path.read_text() if path.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{measured.strip()}\n{END}{after}"


def tables(samples: Samples, *, peers: Sequence[str]) -> str:
    parts = []
    for connections in sorted({key[2] for key in samples}):
        parts.append(f"### {connections} connections\n\n{_ratios(samples, connections, peers)}")
        parts += [_beside(samples, connections, dialect) for dialect in _dialects(samples, connections)]
        parts.append(_details(samples, connections))
    return "\n\n".join(parts)


def _ratios(samples: Samples, connections: int, peers: Sequence[str]) -> str:
    lines = [
        "| workload | ours, requests/s | raw pymongo | 16 at once | "
        + "".join(f"{peer} | " for peer in peers)
        + "ours / raw | ours / best peer |",
        "|---|--:|--:|--:|" + "--:|" * len(peers) + "--:|--:|",
    ]
    for target, workload in _rows(samples, connections):
        ours = _rate(samples, target, workload, connections)
        raw, together = (_rate(samples, who, workload, connections) for who in (RAW, RAW_TOGETHER))
        peer_rates = [_rate(samples, peer, workload, connections) for peer in peers]
        best = max((rate for rate in peer_rates if rate), default=None)
        name = NAMES[workload] + _AS[target]
        rates = [ours, raw, together, *peer_rates]
        cells = [name, *map(_format_rate, rates), _ratio(ours, raw), _ratio(ours, best)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _dialects(samples: Samples, connections: int) -> list[str]:
    measured = {who for who, _, count in samples if count == connections}
    return [dialect for dialect in IN_DIALECT if dialect in measured and OURS in measured]


def _beside(samples: Samples, connections: int, dialect: str) -> str:
    """Compare a dialect and `/api/crud`: requests/s, and the CPU of the web processes for one request.

    The ratio is the median of the rounds' ratios; in each round the two are measured one after the other.
    """
    name = dialect.removeprefix(f"{OURS}, ")
    lines = [
        f"| {name} | `/api/crud`, requests/s | dialect | CPU of `/api/crud`, µs | dialect | ratio |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for workload in IN_DIALECT[dialect]:
        keys = [(target, workload, connections) for target in (OURS, dialect)]
        if all(key in samples for key in keys):
            ours, other = (_rate(samples, *key) for key in keys)
            cpu, more = ([item.cpu for item in samples[key]] for key in keys)
            ratio = statistics.median(other / one for one, other in zip(cpu, more, strict=True))
            costs = [f"{statistics.median(of):,.0f}" for of in (cpu, more)]
            cells = [NAMES[workload], _format_rate(ours), _format_rate(other), *costs, f"{ratio:.2f}"]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _rows(samples: Samples, connections: int) -> list[tuple[str, str]]:
    return [
        (target, workload) for workload in NAMES for target in _AS if (target, workload, connections) in samples
    ]


def _details(samples: Samples, connections: int) -> str:
    lines = [
        "| who | workload | p50, ms | p99, ms | its CPU per request, µs |",
        "|---|---|--:|--:|--:|",
    ]
    for (target, workload, count), measured in samples.items():
        if count == connections:
            p50, p99 = (statistics.median(getattr(item, name) for item in measured) for name in ("p50", "p99"))
            cpu = statistics.median(item.cpu for item in measured)
            lines.append(f"| {target} | {NAMES[workload]} | {p50:.1f} | {p99:.1f} | {cpu:,.0f} |")
    return "\n".join(lines)


def _rate(samples: Samples, target: str, workload: str, connections: int) -> float | None:
    measured = samples.get((target, workload, connections))
    return statistics.median(item.rate for item in measured) if measured else None


def _format_rate(rate: float | None) -> str:
    if rate is None:
        return "–"
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"


def _ratio(mine: float | None, other: float | None) -> str:
    return f"{mine / other:.2f}" if mine and other else "–"
