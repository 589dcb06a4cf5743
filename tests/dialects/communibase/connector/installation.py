"""Installs the published connectors and mocha, and runs mocha on their tests and on ours."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.node_packages import SECONDS, install, node_environment

HERE = Path(__file__).parent
VERSIONS = ("2.0.5", "0.5.17")


@dataclass(frozen=True)
class Result:
    """The titles of the tests that passed, and the message of each one that failed."""

    passed: list[str]
    failed: dict[str, str]


@cache
def modules() -> Path:
    """Return the directory of the installed packages; skips the test where they cannot be installed."""
    return install(HERE, name="communibase")


def run_mocha(files: Sequence[str | Path], *, connector: str, environment: Mapping[str, str]) -> Result:
    """Run test files with one of VERSIONS; `environment` is that of a program that uses the connector."""
    command = ["node", modules() / "mocha/bin/mocha.js", "--exit", "--timeout", "120000", "--reporter", "json"]
    ended = subprocess.run(
        [*map(str, command), "--require", str(HERE / "harness.js"), *map(str, files)],
        cwd=HERE,
        env={**node_environment(), **environment, "CONNECTOR": connector, "CONNECTOR_MODULES": str(modules())},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    start = ended.stdout.find('{\n  "stats"')
    assert start >= 0, ended.stdout + ended.stderr
    report: dict[str, Any] = json.loads(ended.stdout[start:])
    failed = {item["fullTitle"]: str(item["err"].get("stack") or item["err"]) for item in report["failures"]}
    return Result([item["fullTitle"] for item in report["passes"]], failed)


def run_script(script: str, *, connector: str, environment: Mapping[str, str]) -> str:
    """Run JavaScript after the harness and return what it prints."""
    ended = subprocess.run(
        ["node", "--require", str(HERE / "harness.js"), "--eval", script],
        cwd=HERE,
        env={**node_environment(), **environment, "CONNECTOR": connector, "CONNECTOR_MODULES": str(modules())},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def package(connector: str) -> Path:
    """Return the directory of an installed connector."""
    return modules() / f"connector-{connector}"
