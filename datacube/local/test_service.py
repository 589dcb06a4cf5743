"""`./dev test`: the tests, against a complete service of their own in a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from datacube.local import embedded_servers, paths, supervisor
from datacube.local.child_process import die_with_parent

URL = "DATACUBE_TEST_URL"
# `up` itself gives up on a child that makes no progress, and prints something more often than that.
_SILENT_SECONDS = 300.0
_KEPT_FAILURES = 3
# What the caller's shell may hold for another installation must not reach the one under test.
_FOREIGN = (
    *("MONGODB_URI", "REDIS_URL", "DATABASE_URL", "EMAIL_URL", "BASE_URL", "SECRET_KEY", "SPOOL", "DEBUG"),
    *("HOST", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "REQUIRE_VERIFIED_EMAIL", "PYTHONDONTWRITEBYTECODE"),
)
_SETTINGS = {
    "PORT": "0",
    "CACHE_SECONDS": "0.3",
    "SIGN_IN_LIMIT_ACCOUNT": "10",
    "SIGN_IN_LIMIT_ADDRESS": "100000",
    "MAX_QUEUE_SECONDS": "60",  # a busy machine must not make a test see 503
}


class NotStarted(Exception):
    """The service under test did not come up; the text is what it printed."""


def prepare(environment: MutableMapping[str, str]) -> Path:
    """Point an environment at a fresh home below the current one, with the settings tests run under."""
    below = paths.home() / "test"
    below.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=below))
    for name in _FOREIGN:
        environment.pop(name, None)
    environment.update(_SETTINGS, DATACUBE_HOME=str(fresh))
    return fresh


def without_test_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a service started from within pytest: the service runs under its real settings."""
    return {name: value for name, value in environment.items() if name != "DJANGO_SETTINGS_MODULE"}


@contextmanager
def service(environment: Mapping[str, str]) -> Iterator[str]:
    """Run a whole service while the block lasts; gives its address. NotStarted when it does not come up."""
    printed = Path(environment["DATACUBE_HOME"]) / "up.log"
    with printed.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "datacube", "up"],
            cwd=paths.ROOT,
            env=without_test_settings(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is for pytest, which then ends us
            preexec_fn=partial(die_with_parent, signal.SIGTERM, parent=os.getpid()),
        )
    try:
        yield _wait_for_url(process, printed)
    finally:
        process.terminate()
        process.wait()


def _wait_for_url(process: subprocess.Popen[bytes], printed: Path) -> str:
    size, changed = 0, time.monotonic()
    while process.poll() is None and time.monotonic() - changed < _SILENT_SECONDS:
        if url := ready_url(process, home=printed.parent):
            return url
        if printed.stat().st_size != size:
            size, changed = printed.stat().st_size, time.monotonic()
        time.sleep(0.05)
    raise NotStarted(printed.read_text(errors="replace"))


def ready_url(process: subprocess.Popen[bytes], *, home: Path) -> str | None:
    """The address of the service that this `up` runs, once it is ready."""
    try:
        state = json.loads((home / supervisor.STATE).read_text() or "{}")
    except (FileNotFoundError, json.JSONDecodeError):  # not there yet, or being written
        return None
    # By its id, because a service that was killed leaves its own state behind.
    return state["url"] if state.get("ready") and state["pid"] == process.pid else None


def processes(words: tuple[bytes, ...], *, home: Path) -> Iterator[int]:
    """The processes started for that home whose command line holds all of these words."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            mine = os.fsencode(home) in (entry / "environ").read_bytes() + command
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it has just ended, or is somebody else's
        if mine and all(word in command for word in words):
            yield int(entry.name)


def web_processes(*, home: Path) -> list[int]:
    """The web server of that home and its workers, which are in the order of their start behind it."""
    found = [*processes((b"datacube.http.server",), home=home), *processes((b"spawn_main",), home=home)]
    return sorted(found)


def main(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments; its status. A failed run's home is kept, for its logs."""
    environment = without_test_settings(os.environ)
    fresh = prepare(environment)
    print(f"Starting a service for the tests in {fresh}", flush=True)
    try:
        with service(environment) as url:
            environment[URL] = url
            status = _pytest(arguments, environment)
    except NotStarted as reason:
        print(f"It did not start:\n{reason}", file=sys.stderr)
        return 1
    tidy(fresh, passed=status == 0)
    return status


def _pytest(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    own_workers = any(argument.startswith(("-n", "--numprocesses")) for argument in arguments)
    spread = [] if own_workers else ["-n", "3", "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *spread, *arguments]
    process = subprocess.Popen(command, cwd=paths.ROOT, env=dict(environment))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # pytest got the Ctrl-C too, and ends in its own way


def tidy(fresh: Path, *, passed: bool) -> None:
    """Remove the home of a run that passed; keep that of one that failed, and the few before it."""
    if passed:
        shutil.rmtree(fresh)
        return
    print(f"The service's logs are kept in {fresh / 'logs'}")
    for old in sorted(fresh.parent.iterdir())[:-_KEPT_FAILURES]:
        if not embedded_servers.is_held(old / "mongod"):
            shutil.rmtree(old, ignore_errors=True)
