"""Processes of the drill: each in a session of its own, with a log, ended by its whole group as a container is."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from datacube.local import paths
from datacube.local.child_process import die_with_parent

_READY_SECONDS = 120
_STOP_SECONDS = 20


class DrillError(Exception):
    """A part did not start, or is not installed. The message says which, and what to do."""


@dataclass
class Part:
    """One part of the installation, which can be killed and started again with the same data and port."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    is_ready: Callable[[], bool]
    user: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=paths.ROOT if self.user is None else "/",
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                preexec_fn=partial(die_with_parent, signal.SIGTERM, parent=os.getpid()),
            )

    def wait_until_ready(self) -> None:
        """Wait until the part answers. Raises `DrillError` with the end of its log."""
        deadline = time.monotonic() + _READY_SECONDS
        while not self.is_ready():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise DrillError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End all processes of the part at once, as the loss of its machine does."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the part to end, and kill it if it does not."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            if self.process is not None:
                self.process.wait(_STOP_SECONDS)
        self.kill()

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        if number == signal.SIGKILL:
            self.process.wait()


def run(command: Sequence[str], environment: Mapping[str, str], *, log: Path, user: str | None = None) -> None:
    """Run a command to its end. Raises `DrillError` with its output."""
    with log.open("ab") as output:
        ended = subprocess.run(
            command, cwd=paths.ROOT if user is None else "/", env=dict(environment), stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, user=user,
        )  # fmt: skip
    if ended.returncode:
        raise DrillError(f"{command[0]} ended with {ended.returncode}:\n{log.read_text(errors='replace')[-2000:]}")


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nothing listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [item.getsockname()[1] for item in sockets]
    for item in sockets:
        item.close()
    return ports


def listens(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(1)
        return connection.connect_ex(("127.0.0.1", port)) == 0


def program(name: str, *, package: str, folders: str = "") -> str:
    """Return the path of a program, also of the newest in folders outside PATH. Raises `DrillError`."""
    path = shutil.which(name)
    others = sorted(Path("/").glob(f"{folders.lstrip('/')}/{name}")) if folders else []
    if path is None and not others:
        raise DrillError(f"{name} is not installed: apt-get install {package}")
    return path or str(others[-1])


def unprivileged_user() -> str | None:
    """Return the user that PostgreSQL runs as where this process is root, which it refuses; else None."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def environment_of_programs() -> dict[str, Any]:
    """Return what every program needs of this process's environment."""
    names = ("PATH", "HOME", "LANG", "TZ")
    return {name: os.environ[name] for name in names if name in os.environ}
