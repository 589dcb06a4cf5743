"""Runs every process of the service from the foreground command `./dev up`, and stops them all at its end."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from datacube.local import embedded_servers, paths
from datacube.local.address import ListenAddress, ReadinessPoll
from datacube.local.child_process import ChildProcess, describe_status, rotate
from datacube.local.commands import front_end, migrations, programs
from datacube.local.console import Progress
from datacube.local.stall import StallDetector
from datacube.serving import memory

STATE = "running.json"
_TICK_SECONDS = 0.05
# npm waits minutes for a slow registry, without a line in its log.
_ASSETS_STALLED_SECONDS = 900.0
_PORT_WAIT_SECONDS = 5.0

_WELCOME = """
DataCube is up: {url}
{first}
  dashboard            {url}/dashboard/
  mail is written to   {home}/mail/
  logs are in          {home}/logs/
  Ctrl-C stops everything.{embedded}

Without a browser, as far as a first document (the link above stays good):

  pick() {{ grep -oE "\\"$1\\": ?\\"[^\\"]+\\"" | head -n 1 | cut -d '"' -f 4; }}   # a text member of a JSON answer

  curl -sS -w '\\n' {url}/core/register -H 'Content-Type: application/json' \\
    -d '{{"email": "you@example.com", "firstName": "First", "lastName": "Last", "password": "correct-horse-7"}}'
  until MAIL=$(grep -rlsF you@example.com {home}/mail/); do sleep 1; done
  curl -sS -w '\\n' "$(grep -hoE 'https?://[^ ]+/core/verify-email/[^ ]+' $MAIL | tail -n 1)"

  ACCESS=$(curl -sS {url}/core/login -H 'Content-Type: application/json' \\
    -d '{{"email": "you@example.com", "password": "correct-horse-7"}}' | pick access)
  DATABASE=$(curl -sS {url}/api/create_database -H "Authorization: Bearer $ACCESS" \\
    -H 'Content-Type: application/json' -d '{{"db_name": "first", "collections": [{{"name": "notes",
    "fields": [{{"name": "text"}}]}}]}}' | pick id)
  KEY=$(curl -sS {url}/api/keys -H "Authorization: Bearer $ACCESS" -H 'Content-Type: application/json' \\
    -d '{{"name": "my program"}}' | pick key)
  echo "database: $DATABASE"; echo "key: $KEY"

  curl -sS -w '\\n' {url}/api/crud -H "Authorization: Api-Key $KEY" -H 'Content-Type: application/json' \\
    -d '{{"database_id": "'$DATABASE'", "collection_name": "notes", "data": [{{"text": "hello"}}]}}'
"""
_EMBEDDED = "\n  The embedded {servers} are for development and for one machine: see docs/operations.md."
_FIRST = """
Open this link to create the account that runs this installation. It works once:

  {link}
"""
_NO_DASHBOARD = """
  !!! The dashboard's scripts and styles could not be built, so its pages will look bare. The API is not touched.
  !!! They come from npm, as package-lock.json pins them; start again when the registry can be reached.

{reason}
"""


class StartupError(Exception):
    """The service cannot start; the message is shown to the user."""


class Shutdown(Exception):
    """A signal requested the end of the supervisor."""


class Supervisor:
    """Starts, watches and stops the processes of one home."""

    def __init__(self, *, address: ListenAddress) -> None:
        self.address = address
        self.home = paths.home()
        self.progress = Progress()
        self.stopping = False
        self.servers: list[ChildProcess] = []
        self.programs: list[ChildProcess] = []
        self.first_link = ""
        self._link_file = self.home / "first-link"
        self._readiness = ReadinessPoll(address)

    def run(self) -> None:
        """Keep the service running until a signal. Raises `StartupError` when it cannot be started."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._on_signal)
        try:
            with self._locked_home() as lock, self._stops_children():
                self._start()
                self._write_state(lock, ready=True)
                self._welcome()
                self._watch()
        except Shutdown:
            self.progress.say("DataCube has stopped.")

    def _on_signal(self, *_: object) -> None:
        self.stopping = True

    # --- one per home -----------------------------------------------------------------------------

    @contextmanager
    def _locked_home(self) -> Iterator[TextIO]:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.home / STATE).open("a+") as lock:
            lock.seek(0)
            previous_state = lock.read()
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                url = json.loads(previous_state or "{}").get("url", "not known yet, it is starting")
                raise StartupError(f"DataCube already runs on {self.home}, its address: {url}") from None
            self._check_port(timeout=_PORT_WAIT_SECONDS if previous_state else 0)
            self._write_state(lock, ready=False)
            try:
                yield lock
            finally:
                lock.truncate(0)

    def _write_state(self, lock: TextIO, *, ready: bool) -> None:
        lock.truncate(0)
        lock.write(json.dumps({"url": self.address.url, "pid": os.getpid(), "ready": ready}))
        lock.flush()

    def _check_port(self, *, timeout: float) -> None:
        # The processes of a killed supervisor are about to exit and free the port.
        deadline = time.monotonic() + timeout
        while (error := self.address.bind_error()) and time.monotonic() < deadline:
            self._tick()
        if error:
            raise StartupError(
                f"Port {self.address.port} of {self.address.host} cannot be used: {error}. "
                f"Choose another one: PORT={self.address.port + 1} ./dev up"
            )

    # --- starting ---------------------------------------------------------------------------------

    def _start(self) -> None:
        self.progress.say(f"Starting DataCube on {self.home}")
        (self.home / "logs").mkdir(exist_ok=True)
        embedded_servers.make_private(paths.sockets())
        # The mongod of a killed supervisor is about to exit and would delete the socket of the new one.
        while embedded_servers.is_held(self.home / "mongod"):
            self._tick()
        migration, assets = migrations(self._child, link_file=self._link_file), front_end(self._child)
        self.programs = [migration, assets]
        valkey, mongod = self._make_servers()
        self.servers = [server for server in (valkey, mongod) if server]
        for child in (*self.servers, migration, assets):
            child.start()
        self._wait_for_servers(valkey, mongod)
        self._wait_for("migrations", lambda: migration.status() == 0, migration)
        self.first_link = self._read_first_link()
        self._wait_for_front_end(assets)
        self.programs = programs(self._child, state=self.home)
        for child in self.programs:
            child.start()
        self._wait_for("web server, worker and scheduler", self._readiness.is_ready, *self.programs)
        self.progress.close()

    def _make_servers(self) -> tuple[ChildProcess | None, ChildProcess | None]:
        valkey = mongod = None
        if not os.environ.get("REDIS_URL"):
            command = embedded_servers.valkey_command(self.home / "valkey", socket_path=paths.embedded_redis_path())
            valkey = self._child("valkey", command)
        if not os.environ.get("MONGODB_URI"):
            path = paths.embedded_mongodb_path()
            command = embedded_servers.mongod_command(self.home / "mongod", socket_path=path)
            mongod = self._child("mongod", command, orphan_signal=signal.SIGTERM, stop_timeout=10)
        return valkey, mongod

    def _wait_for_servers(self, valkey: ChildProcess | None, mongod: ChildProcess | None) -> None:
        if valkey:
            path = paths.embedded_redis_path()
            self._wait_for("Valkey", lambda: embedded_servers.valkey_answers(path), valkey)
        if mongod:
            path = paths.embedded_mongodb_path()
            self._wait_for("MongoDB", lambda: embedded_servers.mongod_answers(path), mongod)
            self._wait_for("replica set", lambda: embedded_servers.establish_replica_set(path), mongod)

    def _wait_for_front_end(self, assets: ChildProcess) -> None:
        """Wait for the build and report a failure: the API is useful without the dashboard."""
        self.progress.step("dashboard")
        detector = StallDetector([assets], stalled_seconds=_ASSETS_STALLED_SECONDS)
        while assets.status() is None and not detector.reason():
            self._tick()
            self.progress.note(detector.summary())
        if assets.status() == 0:
            return
        assets.terminate()
        assets.wait_until_stopped()
        self.progress.close(mark="✗")
        self.progress.say(_NO_DASHBOARD.format(reason=assets.last_lines()))

    def _read_first_link(self) -> str:
        """Return the link, or an empty string where an account exists; delete the file, which is secret."""
        link = self._link_file.read_text()
        self._link_file.unlink()
        return link

    def _environment(self) -> dict[str, str]:
        return {
            **memory.ALLOCATOR,
            **os.environ,
            "DATACUBE_HOME": str(self.home),
            "DATACUBE_SUPERVISED": "1",
            "HOST": self.address.host,
            "PORT": str(self.address.port),
            "STOP_SECONDS": "2",
            "BASE_URL": self.address.url,
            "PYTHONUNBUFFERED": "1",
        }

    def _child(self, name: str, command: Sequence[str | Path], **options: Any) -> ChildProcess:
        log = self.home / "logs" / f"{name}.log"
        rotate(log)
        return ChildProcess(name=name, command=command, log=log, environment=self._environment(), **options)

    def _wait_for(self, step: str, is_done: Callable[[], bool], *children: ChildProcess) -> None:
        """Wait as long as a child makes progress. Raises `StartupError` when one ends, or all are idle."""
        self.progress.step(step)
        detector = StallDetector(children)
        while True:
            # Read first, or a process that ends well in between would look like a failure.
            ended = [(child, status) for child in children if (status := child.status()) is not None]
            if is_done() and not any(status for _, status in ended):
                return
            self._tick()
            for child, status in ended:
                raise self._not_started([child], f"it ended with {describe_status(status)}")
            if reason := detector.reason():
                raise self._not_started(children, reason)
            self.progress.note(detector.summary())

    def _not_started(self, children: Sequence[ChildProcess], reason: str) -> StartupError:
        hint = f" /readyz: {self._readiness.answer}." if self._readiness.answer else ""
        logs = "\n".join(f"The end of {child.log}:\n{child.last_lines()}" for child in children)
        return StartupError(f"{children[0].name} did not start: {reason}.{hint} {logs}")

    def _tick(self) -> None:
        if self.stopping:
            self.progress.close(mark="✗")
            self.progress.say("Stopping.")
            raise Shutdown
        self.progress.tick()
        time.sleep(_TICK_SECONDS)

    def _welcome(self) -> None:
        names = " and ".join(server.name for server in self.servers)
        embedded = _EMBEDDED.format(servers=names) if names else ""
        first = _FIRST.format(link=self.first_link) if self.first_link else ""
        self.progress.say(_WELCOME.format(url=self.address.url, home=self.home, embedded=embedded, first=first))

    # --- running and stopping ---------------------------------------------------------------------

    def _watch(self) -> None:
        while True:
            self._tick()
            for child in (*self.servers, *self.programs):
                if message := child.restart_if_exited():
                    self.progress.say(message)

    @contextmanager
    def _stops_children(self) -> Iterator[None]:
        try:
            yield
        finally:
            for children in (self.programs, self.servers):
                for child in children:
                    child.terminate()
                for child in children:
                    child.wait_until_stopped()
            shutil.rmtree(paths.sockets(), ignore_errors=True)
            self.progress.close(mark="✗")


def main() -> int:
    """Run until stopped; return 1 with a message when that is not possible."""
    try:
        Supervisor(address=ListenAddress.from_environment()).run()
    except ValueError:
        print(f"PORT is not a port: {os.environ.get('PORT')!r}", file=sys.stderr)
        return 2
    except (StartupError, embedded_servers.NotInstalled, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0
