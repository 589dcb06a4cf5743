"""Describes the measurement: versions, machine and command."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from datacube.local import paths

_PACKAGES = ("django", "uvicorn", "pymongo", "orjson", "uvloop")
_HERE = Path(__file__).parent


def describe(options: argparse.Namespace, arguments: Sequence[str]) -> str:
    command = shlex.join(["./dev", "bench", *arguments])
    ours = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    eve = dict(re.findall(r"^([\w-]+)==(\S+)$", (_HERE / "eve" / "requirements.txt").read_text(), re.MULTILINE))
    parse = json.loads((_HERE / "parse" / "package.json").read_text())["dependencies"]["parse-server"]
    return "\n".join(
        [
            f"`{command}`: {options.rounds} rounds of {options.seconds} s each, medians of the rounds;",
            f"{datetime.now(UTC):%Y-%m-%d}, commit {_commit()}, {os.cpu_count()} cores,"
            f" load average {os.getloadavg()[2]:.1f} over the last 15 minutes.",
            f"Python {platform.python_version()}, {ours}; Eve {eve['eve']} on gunicorn {eve['gunicorn']}; "
            f"Parse Server {parse} on Node {_node()}.",
        ]
    )


def _commit() -> str:
    result = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=paths.ROOT, capture_output=True, text=True)
    return result.stdout.strip() or "unknown"


def _node() -> str:
    try:
        return subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return "(none)"
