"""Runs the tests (`./dev test`) against a complete service in a home of its own."""

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
from itertools import pairwise
from pathlib import Path

from datacube.local import embedded_servers, paths, supervisor
from datacube.local.child_process import die_with_parent

URL = "DATACUBE_TEST_URL"
METRICS_TOKEN = "metrics-of-the-tests"
# `up` gives up on a child that makes no progress, and prints something more often than this.
_SILENCE_SECONDS = 300.0
_MAX_FAILED_HOMES = 3
_MAX_UNIT_PROCESSES = 4
# By unit tests: schemathesis takes a second to import, unraisableexception one to collect garbage at the end; the
# others have a part in each test or fixture.
_UNUSED_PLUGINS = tuple(
    f"-pno:{name}" for name in ("schemathesis", "anyio", "hypothesispytest", "valkey", "unraisableexception")
)
# Variables of the caller's shell for another installation must not reach the one under test.
_FOREIGN = (
    *("MONGODB_URI", "REDIS_URL", "DATABASE_URL", "EMAIL_URL", "BASE_URL", "SECRET_KEY", "SPOOL", "DEBUG"),
    *("HOST", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "REQUIRE_VERIFIED_EMAIL", "PYTHONDONTWRITEBYTECODE"),
)
# A busy machine must not make a test fail with 503, nor what takes a second there be ended as endless.
PATIENCE = {
    "MAX_QUEUE_SECONDS": "60",
    "QUERY_TIMEOUT": "20",
    "SQL_TIMEOUT": "60",
    "FUNCTION_TIMEOUT": "60",
    "FUNCTION_CHECK_TIMEOUT": "120",
    "CHART_SECONDS": "60",
}
_SETTINGS = {
    "PORT": "0",
    "CACHE_SECONDS": "0.3",
    "SIGN_IN_LIMIT_ACCOUNT": "10",
    "SIGN_IN_LIMIT_ADDRESS": "100000",
    "LOOP_WATCHDOG_MS": "200",
    "METRICS_TOKEN": METRICS_TOKEN,
    **PATIENCE,
}
# What the watchdog writes to the log.
_BLOCKED_LOOP = "occupied the event loop"


class NotStarted(Exception):
    """The service under test did not start; the message is its output."""


def prepare(environment: MutableMapping[str, str]) -> Path:
    """Point an environment at a new home below the current one, with the settings of the tests; return the home."""
    parent = paths.home() / "test"
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new_home = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=parent))
    for name in _FOREIGN:
        environment.pop(name, None)
    environment.update(_SETTINGS, DATACUBE_HOME=str(new_home))
    return new_home


def without_test_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a service started from within pytest, which runs under its real settings."""
    return {name: value for name, value in environment.items() if name != "DJANGO_SETTINGS_MODULE"}


@contextmanager
def service(environment: Mapping[str, str], *, checkout: Path = paths.ROOT) -> Iterator[str]:
    """Run a complete service while the block lasts; yields its address.

    In another `checkout` `./dev` has installed what it needs. Raises NotStarted when it does not start.
    """
    python = sys.executable if checkout == paths.ROOT else str(checkout / ".venv" / "bin" / "python")
    printed = Path(environment["DATACUBE_HOME"]) / "up.log"
    with printed.open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", "datacube", "up"],
            cwd=checkout,
            env=without_test_settings(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal goes to pytest, which then stops this process
            preexec_fn=partial(die_with_parent, signal.SIGTERM, parent=os.getpid()),
        )
    try:
        yield _wait_for_url(process, printed)
    finally:
        process.terminate()
        process.wait()


def _wait_for_url(process: subprocess.Popen[bytes], printed: Path) -> str:
    size, changed = 0, time.monotonic()
    while process.poll() is None and time.monotonic() - changed < _SILENCE_SECONDS:
        if url := ready_url(process, home=printed.parent):
            return url
        if printed.stat().st_size != size:
            size, changed = printed.stat().st_size, time.monotonic()
        time.sleep(0.05)
    raise NotStarted(printed.read_text(errors="replace"))


def ready_url(process: subprocess.Popen[bytes], *, home: Path) -> str | None:
    """Return the address of the service that this `up` runs, once it is ready; else None."""
    try:
        state = json.loads((home / supervisor.STATE).read_text() or "{}")
    except (FileNotFoundError, json.JSONDecodeError):  # not written yet, or being written
        return None
    # Compare the id: a service that was killed leaves its state behind.
    return state["url"] if state.get("ready") and state["pid"] == process.pid else None


def processes(words: tuple[bytes, ...], *, home: Path) -> Iterator[int]:
    """Yield the processes of that home whose command line contains all of these words."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            # Valkey overwrites its command line and its environment, and works in its directory.
            place = bytes((entry / "cwd").readlink())
            is_ours = os.fsencode(home) in (entry / "environ").read_bytes() + command + place
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it has just ended, or belongs to another user
        if is_ours and all(word in command for word in words):
            yield int(entry.name)


def web_processes(*, home: Path) -> list[int]:
    """Return the web server of that home and its workers, in the order of their start."""
    pids = [*processes((b"datacube.http.server",), home=home), *processes((b"spawn_main",), home=home)]
    return sorted(pids)


def is_unit_run(marks: str) -> bool:
    """Return whether these marks select the tests that need no server, so that none is started."""
    return marks == "unit"


def main(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments and return its status. The home of a failed run is kept for its logs."""
    if any(option == "-m" and is_unit_run(marks) for option, marks in pairwise(arguments)):
        return _pytest([*_unit_options(arguments), *arguments], without_test_settings(os.environ))
    environment = without_test_settings(os.environ)
    home = prepare(environment)
    print(f"Starting a service for the tests in {home}", flush=True)
    try:
        with service(environment) as url:
            environment[URL] = url
            tests = _pytest([*_distribution(arguments), *arguments], environment)
            secrets = _secrets_status(environment)  # also of a failed run
            status = tests or _watchdog_status(home) or secrets
    except NotStarted as error:
        print(f"It did not start:\n{error}", file=sys.stderr)
        return 1
    tidy(home, passed=status == 0)
    return status


def _unit_options(arguments: Sequence[str]) -> list[str]:
    """Return the options of a unit run, see tests/unit_processes.py.

    One process runs the files that are named; else there is one more than there are cores, because some tests wait.
    Text is captured where Python writes it: nothing else writes, and a file has to be read after each test.
    """
    has_files = any(Path(argument.partition("::")[0]).exists() for argument in arguments)
    options = [*_UNUSED_PLUGINS, "--capture=sys"]
    if has_files or _has_workers(arguments):
        return options
    count = min((os.cpu_count() or 1) + 1, _MAX_UNIT_PROCESSES)
    return [*options, "--unit-processes", str(count)]


def _has_workers(arguments: Sequence[str]) -> bool:
    return any(argument.startswith(("-n", "--numprocesses")) for argument in arguments)


def _watchdog_status(home: Path) -> int:
    """Return 1 and print the lines where requests have occupied the event loop for too long, else 0."""
    lines = [
        line
        for line in (home / "logs" / "web.log").read_text(errors="replace").splitlines()
        if _BLOCKED_LOOP in line
    ]
    for line in lines:
        print(line, file=sys.stderr)
    return int(bool(lines))


def _secrets_status(environment: Mapping[str, str]) -> int:
    """Search what the service has written for the secrets of the tests; return 1 if one is there, else 0."""
    command = [sys.executable, "-m", "tests.secret_scan"]
    return int(subprocess.run(command, cwd=paths.ROOT, env=dict(environment), check=False).returncode != 0)


def _distribution(arguments: Sequence[str]) -> list[str]:
    """Return the options by which a run with a service is divided, unless these arguments divide it."""
    return [] if _has_workers(arguments) else ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]


def _pytest(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    process = subprocess.Popen(command, cwd=paths.ROOT, env=dict(environment))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # pytest receives the Ctrl-C too, and exits by itself


def tidy(home: Path, *, passed: bool) -> None:
    """Delete the home of a run that passed; keep those of the last failed runs."""
    if passed:
        shutil.rmtree(home)
        return
    print(f"The service's logs are kept in {home / 'logs'}")
    for old in sorted(home.parent.iterdir())[:-_MAX_FAILED_HOMES]:
        if not embedded_servers.is_held(old / "mongod"):
            shutil.rmtree(old, ignore_errors=True)
