"""A process that runs one function: lines to and from it, before a deadline. It is killed when it is closed."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Any

from engine.encoding import dumps
from features.processes.confined import PIECE_BYTES, ConfinedProcess


class FunctionEnded(Exception):
    """The process has ended; the text says why."""


class FunctionLate(FunctionEnded):
    """The process has not answered before the deadline."""


class FunctionKilled(FunctionEnded):
    """The process was killed from outside."""


class FunctionProcess(ConfinedProcess):
    """A running process. It is not trusted: the size of what it sends is capped."""

    def __init__(self, command: Sequence[str], *, max_output: int) -> None:
        """Start a command. It waits for its job, so that it can be started before there is one."""
        super().__init__(command)
        self._max_output = max_output
        self._received = 0
        self._rest = bytearray()
        self._lines: list[bytes] = []

    def send(self, message: Any) -> None:
        """Send a message. Raises `FunctionEnded`."""
        self._write(dumps(message) + b"\n")

    def receive(self) -> bytes:
        """Return the next line. Raises `FunctionEnded`, also for too much output."""
        while not self._lines:
            piece = self._read(PIECE_BYTES)
            self._received += len(piece)
            if self._received > self._max_output:
                raise FunctionEnded(f"The function has sent more than {self._max_output} bytes.")
            self._rest += piece
            if b"\n" in piece:
                *self._lines, rest = bytes(self._rest).split(b"\n")
                self._rest = bytearray(rest)
        return self._lines.pop(0)

    def _ended(self) -> FunctionEnded:
        """Return why the process has ended."""
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return FunctionLate("The function takes too much time.")
        if code == -signal.SIGKILL:
            return FunctionKilled("The function was killed.")
        if code < 0:
            return FunctionEnded("The function needs too much memory.")
        return FunctionEnded("The function ended without a result.")

    def _late(self) -> FunctionLate:
        return FunctionLate("The function takes too much time.")
