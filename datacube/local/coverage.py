"""Measures how much of the code the tests run (`./dev coverage`), in web server, worker, scheduler and tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from datacube.local import paths

# The share of lines in percent that must run: of all packages, and of the engine.
MIN_ALL = 92
MIN_ENGINE = 97


def main(arguments: Sequence[str]) -> int:
    """Run `./dev test` with these arguments, print the table, and return 0 if no test and no floor fails."""
    directory = paths.home() / "coverage"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    # Each process writes a file of its own beside this one.
    environment = {**os.environ, "COVERAGE_FILE": str(directory / "data")}
    status = _coverage(["run", "-m", "datacube", "test", *arguments], environment)
    _coverage(["combine", "--quiet"], environment)
    in_all = _coverage(["report", f"--fail-under={MIN_ALL}"], environment)
    print("The engine alone, in percent:", flush=True)
    in_engine = _coverage(
        ["report", "--include=engine/*", "--format=total", f"--fail-under={MIN_ENGINE}"], environment
    )
    print(f"Line by line: .venv/bin/coverage html --data-file={environment['COVERAGE_FILE']}")
    return status or in_all or in_engine


def _coverage(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "coverage", *arguments]
    return subprocess.run(command, cwd=paths.ROOT, env=dict(environment), check=False).returncode
