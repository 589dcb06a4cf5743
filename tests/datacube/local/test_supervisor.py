"""`./dev up`: one for each home, everything restarted after a death, nothing left after the end."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from datacube.local import paths as places
from datacube.local import supervisor, test_service
from datacube.local.address import ListenAddress
from datacube.local.child_process import ChildProcess, die_with_parent
from tests.support import PASSWORD

# Limits against hanging: a start on a busy machine takes minutes.
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.timeout(1800),
    pytest.mark.slow,
]

_TIMEOUT = 300.0


@dataclass(frozen=True)
class Running:
    """A service of a test's own."""

    process: subprocess.Popen[bytes]
    state: Path
    url: str

    def processes(self) -> dict[int, str]:
        """Return every live process of this home or its sockets, with its command line."""
        marks = f"DATACUBE_HOME={self.state}\0", f"{places.sockets(of=self.state)}/"
        processes = {}
        for entry in Path("/proc").glob("[0-9]*"):
            command = _read(entry, "cmdline")
            # Valkey writes over its environment, but then its command line has the socket.
            if any(mark in command + _read(entry, "environ") for mark in marks):
                processes[int(entry.name)] = command.replace("\0", " ")
        return processes

    def find(self, *words: str) -> int | None:
        """Return the supervisor's child whose command line contains these words."""
        children = [
            pid
            for pid, command in self.processes().items()
            if all(word in command for word in words) and _parent(pid) == self.process.pid
        ]
        return max(children, default=None)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=60, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


def _read(entry: Path, name: str) -> str:
    try:
        return (entry / name).read_text(errors="replace")
    except OSError:  # it has just ended
        return ""


def _parent(pid: int) -> int | None:
    fields = _read(Path("/proc") / str(pid), "stat").rpartition(")")[2].split()
    return int(fields[1]) if fields else None


def _eventually(is_so: Callable[[], object], *, within: float = _TIMEOUT) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def _environment(state: Path, **changes: str) -> dict[str, str]:
    inherited = test_service.without_test_settings(os.environ)
    return inherited | {"DATACUBE_HOME": str(state), "PORT": "0"} | changes


def _refused(state: Path, **changes: str) -> str:
    """Return what `up` prints when it does not start."""
    ended = subprocess.run(
        [sys.executable, "-m", "datacube", "up"],
        env=_environment(state, **changes),
        cwd=places.ROOT,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
    )
    assert ended.returncode == 1, ended.stdout
    return ended.stderr


def _up(state: Path) -> Running:
    with (state / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "datacube", "up"],
            env=_environment(state),
            cwd=places.ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=partial(die_with_parent, signal.SIGTERM, parent=os.getpid()),
        )
    _eventually(lambda: process.poll() is not None or test_service.ready_url(process, home=state), within=600)
    url = test_service.ready_url(process, home=state)
    assert url, (state / "up.log").read_text()
    return Running(process=process, state=state, url=url)


def _end(running: Running, signum: int) -> None:
    running.process.send_signal(signum)
    running.process.wait(_TIMEOUT)


def _ends_completely(running: Running) -> bool:
    """Return whether all processes end: a signal to a group is on its way when the call that sends it returns."""
    return _eventually(lambda: running.processes() == {}, within=60)


@pytest.fixture(scope="module")
def up() -> Iterator[Callable[[Path], Running]]:
    """Yield a function that starts a service on a home; stop everything that a test leaves running."""
    started: list[Running] = []

    def start(state: Path) -> Running:
        started.append(_up(state))
        return started[-1]

    yield start
    for running in started:
        _end(running, signal.SIGTERM)


@pytest.fixture(scope="module")
def running(up: Callable[[Path], Running], tmp_path_factory: pytest.TempPathFactory) -> Running:
    return up(tmp_path_factory.mktemp("home"))


def test_a_second_up_on_the_same_home_is_refused_with_the_address(running: Running) -> None:
    assert running.url in _refused(running.state)
    assert _eventually(running.is_ready)


def test_a_taken_port_is_said_before_anything_starts(running: Running, tmp_path: Path) -> None:
    port = running.url.rpartition(":")[2]
    assert f"Port {port}" in _refused(tmp_path, PORT=port)
    assert not (tmp_path / "mongod").exists()


def test_a_server_that_cannot_start_is_said_with_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "mongod").mkdir()
    (tmp_path / "mongod" / "storage.bson").write_text("not a database")
    refusal = _refused(tmp_path)
    assert "mongod did not start: it ended with " in refusal
    assert "mongod.log" in refusal and "fassert" in refusal


def test_a_web_application_that_cannot_be_imported_is_said_with_its_error(tmp_path: Path) -> None:
    (tmp_path / "uvloop.py").write_text('raise RuntimeError("no loop today")')  # the web server's alone
    refusal = _refused(tmp_path / "home", PYTHONPATH=str(tmp_path))
    assert "web did not start: it ended with status 3" in refusal
    assert "RuntimeError: no loop today" in refusal


def test_a_child_that_ends_while_others_start_is_said_with_the_end_of_its_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATACUBE_HOME", str(tmp_path))
    starting = supervisor.Supervisor(address=ListenAddress("127.0.0.1", 1, "http://127.0.0.1:1"))
    children = [
        ChildProcess(name=name, command=["sh", "-c", script], log=tmp_path / name, environment=os.environ)
        for name, script in (("web", "sleep 100"), ("worker", "echo lost; exit 3"))
    ]
    for child in children:
        child.start()
    with pytest.raises(supervisor.StartupError) as caught:
        starting._wait_for("all", lambda: False, *children)
    children[0].terminate()
    children[0].wait_until_stopped()
    assert "worker did not start: it ended with status 3." in str(caught.value)
    assert "lost" in str(caught.value)


@pytest.mark.parametrize(
    "words",
    [("datacube.http.server",), ("celery", "worker"), ("mongod",), ("valkey-server",)],
    ids=lambda words: words[-1],
)
def test_a_killed_process_comes_back(running: Running, words: tuple[str, ...]) -> None:
    assert _eventually(lambda: running.find(*words)), running.processes()
    killed = running.find(*words)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert _eventually(lambda: running.find(*words) not in (None, killed))
    assert _eventually(running.is_ready)
    assert _eventually(lambda: "restarting it" in (running.state / "up.log").read_text())


def test_the_link_that_is_printed_makes_the_first_account(running: Running) -> None:
    printed = re.findall(r"http://\S+/dashboard/start/\S+", (running.state / "up.log").read_text())
    (link,) = printed
    with httpx.Client(trust_env=False, timeout=120) as client:
        page = client.get(link)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        form = {"email": "ada@example.com", "first_name": "Ada", "password": PASSWORD}
        created = client.post(link, data={**form, "csrfmiddlewaretoken": token[1] if token else ""})
        assert (page.status_code, created.status_code, created.headers["location"]) == (200, 302, "/dashboard/")
        assert "Create your first database" in client.get(f"{running.url}/dashboard/").text


def test_two_homes_run_side_by_side_and_ctrl_c_leaves_no_process(
    up: Callable[[Path], Running], running: Running, tmp_path: Path
) -> None:
    other = up(tmp_path)
    assert other.url != running.url
    assert _eventually(other.is_ready) and _eventually(running.is_ready)
    _end(other, signal.SIGINT)
    assert other.process.returncode == 0
    assert _ends_completely(other), other.processes()
    assert _eventually(running.is_ready)


def test_kill_9_leaves_no_process_and_a_moved_home_starts_again(
    up: Callable[[Path], Running], running: Running, tmp_path: Path
) -> None:
    """Run last in this module, as it ends the service that the others share."""
    _end(running, signal.SIGKILL)
    assert _ends_completely(running), running.processes()
    shutil.rmtree(places.sockets(of=running.state))
    again = up(Path(shutil.move(running.state, tmp_path / "moved")))
    assert _eventually(again.is_ready)
    _end(again, signal.SIGTERM)
    assert _ends_completely(again), again.processes()
