"""Installs published packages of npm, as a lock file says, for tests that run them with Node."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from datacube.local.paths import ROOT

SECONDS = 600


def install(source: Path, *, name: str) -> Path:
    """Return the directory of the packages that `source` locks, installed below `node_modules/.{name}`.

    Skips the test loudly without Node, and where the registry does not answer.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip(f"THE PACKAGES OF {name!r} ARE NOT TRIED: node and npm are not installed")
    directory = ROOT / "node_modules" / f".{name}"
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(source, directory)
    return directory / "node_modules"


def node_environment() -> dict[str, str]:
    """Return this process's environment without proxies, which clients use even for 127.0.0.1."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def _install(source: Path, directory: Path) -> None:
    locked = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
    stamp = directory / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == locked:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, directory)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    ended = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=SECONDS)
    if ended.returncode:
        pytest.skip(f"THE PACKAGES ARE NOT TRIED: npm could not install them: {ended.stderr.strip()[-500:]}")
    stamp.write_text(locked)
