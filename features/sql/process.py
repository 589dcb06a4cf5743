"""A process that runs one statement: frames to and from it, before a deadline. It is killed when it is closed."""

from __future__ import annotations

import marshal
import struct
import sys
from pathlib import Path
from typing import Any

import engine
from engine.encoding import loads
from features.processes.confined import PIECE_BYTES, ConfinedProcess

_ROOT = str(Path(__file__).resolve().parent.parent.parent)
# Standard library first: of the project nothing but the programs is imported.
_START = "import sys; sys.path.append({!r}); from features.sql.programs.{} import main; main()"
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


class SqlProcess(ConfinedProcess):
    """A running process. It is not trusted: what it sends is checked, and capped in size."""

    def __init__(self, program: str, *arguments: str, seconds: float, max_frame: int) -> None:
        """Start a module of `programs`. Every method raises `ProcessLate` when `seconds` are over."""
        super().__init__(command_of(program, *arguments))
        self.limit(seconds)
        self._max_frame = max_frame
        # Bytes of all messages that were received.
        self.received = 0

    def send(self, message: Any) -> int:
        """Send a message and return its size in bytes. Raises `ProcessError`."""
        content = marshal.dumps(message)
        self._write(struct.pack(">I", len(content)) + content)
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
        (length,) = struct.unpack(">I", self._read_all(4))
        if length > self._max_frame:
            raise ProcessError
        self.received += length
        return self._read_all(length)

    def _read_all(self, length: int) -> bytes:
        content = bytearray()
        while len(content) < length:
            content += self._read(min(PIECE_BYTES, length - len(content)))
        return bytes(content)

    def _ended(self) -> ProcessError:
        return ProcessError()

    def _late(self) -> ProcessLate:
        return ProcessLate()
