"""A confined child process: bytes to and from its pipes, before a deadline. It is killed when it is closed."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

PIECE_BYTES = 64 * 1024


class ConfinedProcess:
    """A running process with an empty environment, in a session of its own. It is not trusted."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start a command. `limit` has to be called before anything is sent or received."""
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

    def __enter__(self) -> Self:
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
        """Let what is sent and received be late when these seconds are over, counted from now."""
        self._ends_at = time.monotonic() + seconds

    def _write(self, content: bytes) -> None:
        """Write bytes to the process. Raises what `_ended` and `_late` return."""
        rest = memoryview(content)
        try:
            while rest:
                self._wait(self._input.fileno(), select.POLLOUT)
                rest = rest[os.write(self._input.fileno(), rest[:PIECE_BYTES]) :]
        except BrokenPipeError as error:
            raise self._ended() from error

    def _read(self, size: int) -> bytes:
        """Return the next bytes, from 1 to `size`. Raises what `_ended` and `_late` return."""
        self._wait(self._output.fileno(), select.POLLIN)
        piece = os.read(self._output.fileno(), size)
        if not piece:
            raise self._ended()
        return piece

    def _ended(self) -> Exception:
        """Return the error of a process that has ended."""
        raise NotImplementedError

    def _late(self) -> Exception:
        """Return the error of a process that has not answered before the deadline."""
        raise NotImplementedError

    def _wait(self, file: int, event: int) -> None:
        """Wait until a pipe is ready."""
        poll = select.poll()
        poll.register(file, event)
        seconds = self.seconds_left
        if not seconds or not poll.poll(seconds * 1_000):  # late also for a pipe that is ready
            raise self._late()
