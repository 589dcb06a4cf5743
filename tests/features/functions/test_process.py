"""Processes of functions as the service sees them: lines, ends, and what is left of them."""

from __future__ import annotations

import os
import signal

import pytest

from features.functions.process import FunctionEnded, FunctionKilled, FunctionLate, FunctionProcess
from tests.features.processes.support import open_pipes

pytestmark = pytest.mark.slow

ENDS = [
    ("exit 0", FunctionEnded, "The function ended without a result."),
    ("exit 1", FunctionEnded, "The function ended without a result."),
    ("kill -ABRT $$", FunctionEnded, "The function needs too much memory."),
    ("kill -XCPU $$", FunctionLate, "The function takes too much time."),
    ("kill -KILL $$", FunctionKilled, "The function was killed."),
    ("sleep 9", FunctionLate, "The function takes too much time."),
    ("head -c 200000 /dev/zero; sleep 9", FunctionEnded, "The function has sent more than 100000 bytes."),
]


@pytest.mark.parametrize(("program", "kind", "message"), ENDS)
def test_the_end_of_a_process(program: str, kind: type[Exception], message: str) -> None:
    before = open_pipes()
    with FunctionProcess(["sh", "-c", program], max_output=100_000) as process:
        process.limit(0.3 if "sleep" in program and "head" not in program else 60.0)
        with pytest.raises(FunctionEnded) as raised:
            process.receive()
    assert (type(raised.value), str(raised.value)) == (kind, message)
    assert not process.is_running
    assert open_pipes() <= before


def test_lines_to_and_from_a_process() -> None:
    with FunctionProcess(["cat"], max_output=10_000_000) as process:
        process.limit(60.0)
        process.send({"a": "x" * 60_000})
        process.send([1])
        assert (len(process.receive()), process.receive()) == (60_008, b"[1]")
        assert 0 < process.seconds_left <= 60.0
        os.kill(process.id, signal.SIGKILL)
        with pytest.raises(FunctionEnded):
            process.receive()
        with pytest.raises(FunctionEnded):
            process.send([1])


def test_a_process_that_is_ready_is_late_too() -> None:
    with FunctionProcess(["yes"], max_output=10_000_000) as process:
        process.limit(60.0)
        assert process.receive() == b"y"
        process.limit(0.0)
        with pytest.raises(FunctionLate):
            while process.receive():
                pass
        with pytest.raises(FunctionLate):
            process.send([1])
