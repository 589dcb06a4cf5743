"""Lines and server-sent events in the chunks of a streamed body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datacube_client.core.effects import Body, Emit, Read, Stream


class LineSplitter:
    """Splits chunks of bytes into lines; a line may lie in several chunks."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that this chunk completes, without their ends; `b""` completes the last one."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if not chunk and self._rest:
            lines, self._rest = [*lines, self._rest], b""
        return [line.removesuffix(b"\r") for line in lines]


@dataclass(frozen=True)
class ServerEvent:
    """A server-sent event: its name and its data, which is JSON."""

    name: str
    data: Any


class EventParser:
    """Parses server-sent events. The service sends one `data` line for each; comments are skipped."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._name = self._data = ""

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """Yield the events that this chunk completes. An event without its empty line is not complete."""
        for line in self._lines.feed(chunk):
            if not line and self._data:
                yield ServerEvent(self._name, json.loads(self._data))
            if not line:
                self._name = self._data = ""
            field, _, value = line.decode().partition(":")
            if field == "event":
                self._name = value.strip()
            elif field == "data":
                self._data = value.strip()


def json_lines(body: Body) -> Stream[Any]:
    """Emit the JSON value of each line of a body."""
    lines, chunk = LineSplitter(), b" "
    while chunk:
        chunk = yield Read(body)
        for line in lines.feed(chunk):
            if line.strip():
                yield Emit(json.loads(line))


def chunks(body: Body) -> Stream[bytes]:
    """Emit the chunks of a body."""
    while chunk := (yield Read(body)):
        yield Emit(chunk)
