"""One measurement: requests/s, p50, p99 and CPU per request, of a server under wrk or of raw pymongo."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bench.targets import Target

HERE = Path(__file__).parent
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class Failed(Exception):
    """Not every request succeeded."""


@dataclass(frozen=True)
class Measurement:
    """`rate` is requests/s; p50 and p99 are milliseconds, `cpu` is the microseconds of CPU of one request."""

    rate: float
    p50: float
    p99: float
    cpu: float


def served(target: Target, workload: str, *, connections: int, seconds: float) -> Measurement:
    with tempfile.NamedTemporaryFile("wb", suffix=".tsv") as file:
        for method, path, body in target.requests(workload):
            file.write(f"{method}\t{path}\t".encode() + body + b"\n")
        file.flush()
        headers = "\n".join(f"{name}: {value}" for name, value in target.headers.items())
        environment = os.environ | {"REQUESTS": file.name, "HEADERS": headers, "SEED": str(random.randrange(2**31))}
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
        before = cpu_seconds(target.pids())
        output = subprocess.run(
            [*command, "-s", str(HERE / "requests.lua"), target.url],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        cpu = cpu_seconds(target.pids()) - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise Failed(f"{target.name}, {workload}: not every request succeeded\n{output}")
    count = int(re.search(r"(\d+) requests in", output)[1])  # type: ignore[index]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])  # type: ignore[index]
    return Measurement(rate, _latency(output, "50%"), _latency(output, "99%"), cpu / max(count, 1) * 1e6)


def _latency(output: str, part: str) -> float:
    number, unit = re.search(rf"{part}\s+([\d.]+)(\w+)", output).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]


def raw(order: dict[str, Any]) -> Measurement:
    result = subprocess.run(
        [sys.executable, "-m", "bench.raw"], input=orjson.dumps(order), capture_output=True, check=True
    )
    figures = orjson.loads(result.stdout)
    operations = max(figures["rate"] * order["seconds"], 1)
    return Measurement(figures["rate"], figures["p50"], figures["p99"], figures["cpu"] / operations * 1e6)


def wait_until_idle(pids: Callable[[], Iterable[int]], *, share: float = 0.1, seconds: float = 60) -> None:
    """Wait until the processes use less than this share of a core, as some work on after their clients have left.

    Raises `Failed` after so many seconds.
    """
    deadline = time.monotonic() + seconds
    used = share
    while used >= share:
        if time.monotonic() > deadline:
            raise Failed(f"The target is still busy after {seconds:g} s, with {used:.0%} of a core.")
        before = cpu_seconds(pids())
        time.sleep(0.3)
        used = (cpu_seconds(pids()) - before) / 0.3


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the user and system time of these processes."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
