"""Confined processes: bytes through their pipes, deadlines, and what stays of them: nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from features.processes.confined import PIECE_BYTES, ConfinedProcess
from tests.features.processes.support import open_pipes

pytestmark = pytest.mark.slow
ECHO = "import sys\nfor line in sys.stdin.buffer:\n    sys.stdout.buffer.write(line)\n    sys.stdout.buffer.flush()"


class Ended(Exception):
    """The process has ended."""


class Late(Exception):
    """The process has not answered in time."""


class Process(ConfinedProcess):
    """A confined process that runs Python code."""

    def __init__(self, code: str, *, seconds: float = 60) -> None:
        super().__init__([sys.executable, "-S", "-E", "-c", code])
        self.limit(seconds)

    def send(self, content: bytes) -> None:
        self._write(content)

    def receive(self, size: int) -> bytes:
        """Return exactly as many bytes."""
        content = b""
        while len(content) < size:
            content += self._read(size - len(content))
        return content

    def _ended(self) -> Exception:
        return Ended()

    def _late(self) -> Exception:
        return Late()


def test_bytes_go_there_and_back() -> None:
    line = b"x" * (3 * PIECE_BYTES) + b"\n"  # more than a pipe holds
    with Process(ECHO) as process:
        for _ in range(2):
            process.send(line)
            assert process.receive(len(line)) == line
        assert process.is_running
        assert 0 < process.seconds_left <= 60


def test_nothing_is_sent_for_no_bytes() -> None:
    with Process(ECHO, seconds=0) as process:
        process.send(b"")
        assert process.is_running


def test_a_process_has_no_environment_and_a_session_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hidden")
    code = "import os\nprint('SECRET_KEY' in os.environ, os.getcwd(), os.getsid(0) == os.getpid(), flush=True)"
    expected = b"False / True\n"
    with Process(code) as process:
        assert process.receive(len(expected)) == expected


def test_what_a_process_writes_to_its_errors_is_not_an_answer() -> None:
    with Process("import sys\nsys.stderr.write('x' * 1_000_000)\nprint('done', flush=True)") as process:
        assert process.receive(5) == b"done\n"


def test_a_process_that_has_ended() -> None:
    with Process("print('last', flush=True)") as process:
        assert process.receive(5) == b"last\n"
        with pytest.raises(Ended):
            process.receive(1)
        with pytest.raises(Ended):
            process.send(b"x" * (1 << 20))
        process._process.wait()
        assert not process.is_running


SLOW: list[Callable[[Process], object]] = [
    lambda process: process.receive(1),
    lambda process: process.send(b"x" * (1 << 20)),
]


@pytest.mark.parametrize("call", SLOW, ids=["reading", "writing"])
def test_a_process_that_does_not_answer_is_late(call: Callable[[Process], object]) -> None:
    with Process("import time\ntime.sleep(600)", seconds=0.05) as process:
        with pytest.raises(Late):
            call(process)
        assert process.is_running, "only closing ends it"
        assert process.seconds_left == 0


def test_an_answer_after_the_deadline_is_late() -> None:
    with Process("print('x', flush=True)") as process:
        process._process.wait()  # so that the answer is in the pipe
        process.limit(0)
        with pytest.raises(Late):
            process.receive(1)
        process.limit(60)
        assert process.receive(2) == b"x\n"


def test_a_process_without_a_limit_is_late() -> None:
    process = ConfinedProcess([sys.executable, "-S", "-c", "pass"])
    assert process.seconds_left == 0
    process.close()


def test_closing_kills_and_leaves_no_file_open() -> None:
    before = open_pipes()
    with pytest.raises(ZeroDivisionError), Process("import time\ntime.sleep(600)") as process:
        assert len(open_pipes() - before) == 2
        _ = 1 / 0
    assert not process.is_running
    assert not Path(f"/proc/{process.id}").exists(), "it was waited for"
    assert open_pipes() <= before


def test_the_errors_are_those_of_a_subclass() -> None:
    process = ConfinedProcess([sys.executable, "-S", "-c", "pass"])
    with pytest.raises(NotImplementedError):
        process._read(1)
    process.close()
    with pytest.raises(NotImplementedError):
        process._ended()
