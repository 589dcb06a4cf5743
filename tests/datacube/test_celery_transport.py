"""A worker of Celery reconnects to a queue that was killed, while one of its tasks runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from datacube.local import embedded_servers
from datacube.local import paths as places
from datacube.local.child_process import die_with_parent
from tests.support import until

pytestmark = pytest.mark.slow

_TIMEOUT = 300.0
_APP = "tests.datacube.queue_app"


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a process with QUEUE_HOME set; all of them are killed at the end."""
    with ExitStack() as stack:

        def start(command: list[str | Path], home: Path) -> subprocess.Popen[bytes]:
            with (home / "log").open("ab") as log:
                process = subprocess.Popen(
                    command,
                    cwd=places.ROOT,
                    env=os.environ | {"QUEUE_HOME": str(home)},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    preexec_fn=partial(die_with_parent, signal.SIGKILL, parent=os.getpid()),
                )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield start


def _send(home: Path, *arguments: str) -> None:
    script = f"from {_APP} import app; import sys; app.send_task(sys.argv[1], args=sys.argv[2:])"
    command = [sys.executable, "-c", script, *arguments]
    subprocess.run(command, cwd=places.ROOT, env=os.environ | {"QUEUE_HOME": str(home)}, check=True, timeout=300)


@pytest.mark.timeout(1200)
def test_a_worker_takes_tasks_after_the_queue_was_killed_while_another_one_runs(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    with tempfile.TemporaryDirectory(prefix="dcq") as name:  # short, for the socket
        home = Path(name)
        (home / "data").mkdir()
        command = embedded_servers.valkey_command(home / "data", socket_path=home / "v")
        valkey = start(command, home)
        options = ["--pool", "threads", "--concurrency", "2", "--without-mingle", "--without-gossip"]
        worker = start([sys.executable, "-m", "celery", "-A", _APP, "worker", *options], home)
        until(lambda: embedded_servers.valkey_answers(home / "v"), seconds=_TIMEOUT)
        _send(home, "wait")
        until((home / "waiting").exists, seconds=_TIMEOUT)

        valkey.kill()
        valkey.wait()
        (home / "v").unlink(missing_ok=True)
        start(command, home)
        until(lambda: embedded_servers.valkey_answers(home / "v"), seconds=_TIMEOUT)
        _send(home, "touch", "touched")

        until((home / "touched").exists, seconds=_TIMEOUT)
        assert not (home / "waited").exists()
        (home / "go").touch()
        until((home / "waited").exists, seconds=_TIMEOUT)
        assert worker.poll() is None
