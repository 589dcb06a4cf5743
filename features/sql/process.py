"""A process that runs one statement: frames to and from it, before a deadline. It is killed when it is closed."""

from __future__ import annotations

import marshal
import os
import select
import struct
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import engine
from engine.encoding import loads

_ROOT = str(Path(__file__).resolve().parent.parent.parent)
# Standard library first: of the project nothing but the programs is imported.
_START = "import sys; sys.path.append({!r}); from features.sql.programs.{} import main; main()"
_PIECE = 64 * 1024
_DEPTH = 8


class ProcessError(Exception):
    """The process ended, or sent what it must not send."""


class ProcessLate(ProcessError):
    """The process has not answered before the deadline."""


class Refused(Exception):
    """The statement has an error; its text is that of the answer."""


def command_of(program: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that starts a module of `programs`."""
    return (sys.executable, "-I", "-S", "-B", "-c", _START.format(_ROOT, program), *arguments)


class SqlProcess:
    """A running process. It is not trusted: what it sends is checked, and capped in size."""

    def __init__(self, program: str, *arguments: str, seconds: float, max_frame: int) -> None:
        """Start a module of `programs`. Every method raises `ProcessLate` when `seconds` are over."""
        self.limit(seconds)
        self._max_frame = max_frame
        # Bytes of all messages that were received.
        self.received = 0
        self._process = subprocess.Popen(
            command_of(program, *arguments),
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

    def __enter__(self) -> SqlProcess:
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

    def limit(self, seconds: float) -> None:
        """Let the other methods raise `ProcessLate` when these seconds are over, counted from now."""
        self._ends_at = time.monotonic() + seconds

    def send(self, message: Any) -> int:
        """Send a message and return its size in bytes. Raises `ProcessError`."""
        content = marshal.dumps(message)
        rest = memoryview(struct.pack(">I", len(content)) + content)
        try:
            while rest:
                self._wait(self._input.fileno(), select.POLLOUT)
                rest = rest[os.write(self._input.fileno(), rest[:_PIECE]) :]
        except BrokenPipeError as error:
            raise ProcessError from error
        return len(content)

    def receive(self) -> dict[str, Any]:
        """Return the next message, a JSON object. Raises `ProcessError`, and `Refused` for an error alone."""
        try:
            message = loads(self.receive_content(), depth=_DEPTH)
        except engine.Error as error:
            raise ProcessError from error
        if type(message) is not dict:
            raise ProcessError
        if message.keys() == {"error"}:
            raise Refused(str(message["error"]))
        return message

    def receive_content(self) -> bytes:
        """Return the next message as it is. Raises `ProcessError`."""
        (length,) = struct.unpack(">I", self._read(4))
        if length > self._max_frame:
            raise ProcessError
        self.received += length
        return self._read(length)

    def _read(self, length: int) -> bytes:
        content = bytearray()
        while len(content) < length:
            self._wait(self._output.fileno(), select.POLLIN)
            piece = os.read(self._output.fileno(), min(_PIECE, length - len(content)))
            if not piece:
                raise ProcessError
            content += piece
        return bytes(content)

    def _wait(self, file: int, event: int) -> None:
        """Wait until a pipe is ready. Raises `ProcessLate` after the deadline."""
        poll = select.poll()
        poll.register(file, event)
        seconds = self._ends_at - time.monotonic()
        if seconds <= 0 or not poll.poll(seconds * 1_000):  # late also for a pipe that is ready
            raise ProcessLate
