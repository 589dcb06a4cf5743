"""A process that runs one function: lines to and from it, before a deadline. It is killed when it is closed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from engine.encoding import dumps

_PIECE = 64 * 1024


class FunctionEnded(Exception):
    """The process has ended; the text says why."""


class FunctionLate(FunctionEnded):
    """The process has not answered before the deadline."""


class FunctionKilled(FunctionEnded):
    """The process was killed from outside."""


class FunctionProcess:
    """A running process. It is not trusted: the size of what it sends is capped."""

    def __init__(self, command: Sequence[str], *, max_output: int) -> None:
        """Start a command. It waits for its job, so that it can be started before there is one."""
        self._max_output = max_output
        self._received = 0
        self._rest = bytearray()
        self._lines: list[bytes] = []
        self._ends_at = time.monotonic()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        os.set_blocking(self._input.fileno(), False)
        os.set_blocking(self._output.fileno(), False)

    def __enter__(self) -> FunctionProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill the process and wait for its end."""
        self._process.kill()
        self._process.wait()
        self._input.close()
        self._output.close()

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._ends_at - time.monotonic())

    def limit(self, seconds: float) -> None:
        """Let `send` and `receive` raise `FunctionLate` when these seconds are over."""
        self._ends_at = time.monotonic() + seconds

    def send(self, message: Any) -> None:
        """Send a message. Raises `FunctionEnded`."""
        rest = memoryview(dumps(message) + b"\n")
        try:
            while rest:
                self._wait(self._input.fileno(), select.POLLOUT)
                rest = rest[os.write(self._input.fileno(), rest[:_PIECE]) :]
        except BrokenPipeError as error:
            raise self._end() from error

    def receive(self) -> bytes:
        """Return the next line. Raises `FunctionEnded`, also for too much output."""
        while not self._lines:
            self._wait(self._output.fileno(), select.POLLIN)
            piece = os.read(self._output.fileno(), _PIECE)
            if not piece:
                raise self._end()
            self._received += len(piece)
            if self._received > self._max_output:
                raise FunctionEnded(f"The function has sent more than {self._max_output} bytes.")
            self._rest += piece
            if b"\n" in piece:
                *self._lines, rest = bytes(self._rest).split(b"\n")
                self._rest = bytearray(rest)
        return self._lines.pop(0)

    def _end(self) -> FunctionEnded:
        """Return why the process has ended."""
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return FunctionLate("The function takes too much time.")
        if code == -signal.SIGKILL:
            return FunctionKilled("The function was killed.")
        if code < 0:
            return FunctionEnded("The function needs too much memory.")
        return FunctionEnded("The function ended without a result.")

    def _wait(self, file: int, event: int) -> None:
        """Wait until a pipe is ready. Raises `FunctionLate` after the deadline."""
        poll = select.poll()
        poll.register(file, event)
        seconds = self.seconds_left
        if not seconds or not poll.poll(seconds * 1_000):  # late also for a pipe that is ready
            raise FunctionLate("The function takes too much time.")
