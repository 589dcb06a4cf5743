"""Checks of what is installed: Python, packages, programs and the dashboard's files."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from datacube.doctor.finding import Finding, fail, fine, warn
from datacube.local import assets, embedded_servers, paths

_INSTALL = "run ./dev up, which installs what uv.lock pins"
_PROJECT = "datacube"
_TIMEOUT_SECONDS = 20
_MIN_PYTHON = (3, 11)


def check() -> Iterator[Finding]:
    """Yield the findings about what is installed."""
    yield python(sys.version_info[:3])
    yield from packages()
    yield from programs(embedded=not os.environ.get("MONGODB_URI"))
    yield confinement(sys.platform, platform.machine())
    yield dashboard()


def python(version: tuple[int, ...]) -> Finding:
    text = ".".join(map(str, version))
    if version < _MIN_PYTHON:
        return fail("Python", f"{text} is too old", "install Python 3.11 or newer, remove .venv and run ./dev up")
    return fine("Python", text)


def packages(lock: Path = paths.ROOT / "uv.lock") -> Iterator[Finding]:
    """Yield a finding for each package of the project whose version is not that of the lock file."""
    locked = {item["name"]: item for item in tomllib.loads(lock.read_text())["package"]}
    names = sorted({item["name"] for item in locked[_PROJECT]["dependencies"]})
    wrong = 0
    for name in names:
        version, pinned = _installed(name), locked[name]["version"]
        if version != pinned:
            wrong += 1
            yield fail("packages", f"{name} is {version or 'missing'}; the lock file has {pinned}", _INSTALL)
    if not wrong:
        yield fine("packages", f"{len(names)} packages as the lock file has them")


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def programs(*, embedded: bool) -> Iterator[Finding]:
    """Yield a finding for each program that the service starts."""
    if embedded:
        yield _program("mongod", _command_of(embedded_servers.mongod_program))
        yield _program("Valkey", _command_of(embedded_servers.valkey_program))
    yield _program("Deno", Path(sys.executable).with_name("deno"))


def _command_of(program: object) -> Path | None:
    try:
        return program()  # type: ignore[operator]  # a function of embedded_servers
    except embedded_servers.NotInstalled:
        return None


def _program(name: str, path: Path | None) -> Finding:
    if path is None or not path.exists():
        return fail(name, "is not installed", _INSTALL)
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_TIMEOUT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return fail(name, f"does not run: {error}", _INSTALL)
    if answer.returncode:
        reason = (answer.stderr or answer.stdout).strip().partition("\n")[0]
        return fail(name, f"does not run: {reason}", "install the library that it names")
    return fine(name, answer.stdout.strip().partition("\n")[0])


def confinement(system: str, machine: str) -> Finding:
    """Return whether statements and functions are confined by filters of system calls here."""
    if system == "linux" and machine == "x86_64":
        return fine("confinement", "Linux on x86_64 filters the calls of SQL statements and functions")
    return warn(
        "confinement",
        f"{system} on {machine} has no filter of system calls",
        "run functions of people that you do not trust on Linux, x86_64",
    )


def dashboard() -> Finding:
    if not assets.STAMP.exists():
        return warn("dashboard", "its scripts and styles are not built", "run ./dev assets")
    if assets.STAMP.read_text() != assets.fingerprint():
        return warn("dashboard", "its scripts and styles are of another version", "run ./dev assets")
    return fine("dashboard", "scripts and styles are built")
