"""A unix socket between a Store and mongod, whose connections a test can cut or let hang."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from urllib.parse import quote


class Proxy:
    """Forwards both ways while it is open; `uri` leads through it."""

    def __init__(self, path: Path, *, to: Path) -> None:
        self.uri = f"mongodb://{quote(str(path), safe='')}/?directConnection=true"
        self._to = to
        self._ended = False
        self._flowing = threading.Event()
        self._flowing.set()
        self._open: list[socket.socket] = []
        self._trap: tuple[bytes, Callable[[socket.socket], None]] | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._listener.close()
        self.cut()
        self._ended = True
        self._flowing.set()

    def cut(self) -> None:
        """Closes every connection there is; new ones are taken."""
        ends, self._open = self._open, []
        for end in ends:
            close(end)

    def cut_at(self, command: str) -> None:
        """Closes the connection over which the next such command comes, before it gets through."""
        self._trap = (b"%s\0" % command.encode(), close)

    def hang(self) -> None:
        """From now on nothing gets through, and nobody is told."""
        self._flowing.clear()

    def hang_at(self, command: str) -> None:
        """Nothing gets through any more from the next such command on."""
        self._trap = (b"%s\0" % command.encode(), lambda _: self.hang())

    @property
    def sprung(self) -> bool:
        """Whether what was to be cut or to hang has come."""
        return self._trap is None

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._to))
                self._open += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._forward, args=pair, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if (trap := self._trap) and trap[0] in data:
                    self._trap = None
                    trap[1](source)
                self._flowing.wait()
                if self._ended:
                    break
                target.sendall(data)
        close(source)
        close(target)


def close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
