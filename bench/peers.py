"""Runs Eve and Parse Server in environments of their own, below DATACUBE_HOME, on the service's mongod."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.targets import Eve, Parse, Target
from datacube.local import child_process

HERE = Path(__file__).parent
_START_SECONDS = 60.0
_KEY = "only-for-measuring"


class Missing(Exception):
    """A peer cannot be installed or started here; the message says why."""


@contextmanager
def eve(parent: Path, uri: str) -> Iterator[Eve]:
    home = _installed(parent / "eve", HERE / "eve", ["requirements.txt"], _install_eve)
    port = _free_port()
    command = [str(home / "venv" / "bin" / "gunicorn"), "--workers", "2", "--threads", "8", "--worker-class"]
    command += [
        "gthread",
        "--no-control-socket",
        "--bind",
        f"127.0.0.1:{port}",
        "--keep-alive",
        "75",
        "--backlog",
        "2048",
        "app:app",
    ]
    with _running(command, cwd=HERE / "eve", log=home / "eve.log", uri=uri, port=port) as pids:
        target = Eve("eve", f"http://127.0.0.1:{port}", pids)
        target.fill(uri, "peer_eve")
        yield target


@contextmanager
def parse(parent: Path, uri: str) -> Iterator[Parse]:
    home = _installed(parent / "parse", HERE / "parse", ["package.json", "package-lock.json"], _install_parse)
    shutil.copy(HERE / "parse" / "server.mjs", home)
    port = _free_port()
    address = f"{uri.replace('/?', '/peer_parse?', 1)}&w=majority&journal=true"
    with _running(["node", "server.mjs"], cwd=home, log=home / "parse.log", uri=address, port=port) as pids:
        keys = {"X-Parse-Application-Id": "bench", "X-Parse-Master-Key": _KEY}
        target = Parse("parse-server", f"http://127.0.0.1:{port}", pids, headers=keys)
        target.fill(uri, "peer_parse")
        yield target


PEERS: Mapping[str, Callable[[Path, str], object]] = {"eve": eve, "parse-server": parse}


def _installed(home: Path, source: Path, names: Sequence[str], install: Callable[[Path, Path], None]) -> Path:
    fingerprint = hashlib.sha256(b"".join((source / name).read_bytes() for name in names)).hexdigest()
    stamp = home / "installed"
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return home
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    print(f"Installing {source.name} into {home}", file=sys.stderr, flush=True)
    try:
        install(home, source)
    except (OSError, subprocess.SubprocessError) as error:
        output = getattr(error, "stderr", None) or b""
        raise Missing(f"{source.name} cannot be installed: {error}\n{output.decode(errors='replace')}") from error
    stamp.write_text(fingerprint)
    return home


def _install_eve(home: Path, source: Path) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    _do([uv, "venv", "--quiet", "--python", sys.executable, str(home / "venv")])
    python = str(home / "venv" / "bin" / "python")
    _do([uv, "pip", "install", "--quiet", "--python", python, "-r", str(source / "requirements.txt")])


def _install_parse(home: Path, source: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, home)
    _do(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=home)


def _do(command: list[str], cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, timeout=600)


@contextmanager
def _running(
    command: Sequence[str], *, cwd: Path, log: Path, uri: str, port: int
) -> Iterator[Callable[[], Iterator[int]]]:
    """Run a server while the block lasts; yields a function that lists the ids of its processes."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {"PEER_MONGODB_URI": uri, "PEER_PORT": str(port), "PEER_KEY": _KEY, "NODE_ENV": "production"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=partial(child_process.die_with_parent, signal.SIGTERM, parent=os.getpid()),
        )
    try:
        _wait(process, port, log)
        yield lambda: group(process.pid)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise Missing(f"It did not start:\n{log.read_text(errors='replace')[-2000:]}")


def group(leader: int) -> Iterator[int]:
    """Yield the processes of a group."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[2]) == leader:
                yield int(entry.name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


__all__ = ["PEERS", "Missing", "Target", "group"]
