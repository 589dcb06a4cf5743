"""Reads documents out of a JSON file of any size, in constant memory, and knows at which byte each one lies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

import engine

_CHUNK = 1 << 20
_MAX_DOCUMENT = 16 << 20
_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# An object with nothing nested in it, in one step; and, for all others, what opens, closes or hides brackets.
_FLAT = re.compile(rb"\{[^{}\[\]\"]*+(?:" + _STRING + rb"[^{}\[\]\"]*+)*+\}", re.DOTALL)
_TOKEN = re.compile(_STRING + rb'|[{}\[\]"]', re.DOTALL)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Batch:
    """Documents in the file's order; `row` is the first one's number, `end` the byte behind the last one."""

    row: int
    end: int
    documents: list[Any]


class Reader:
    """An array of objects, one object, or objects one after the other (NDJSON)."""

    def __init__(self, file: BinaryIO, *, depth: int) -> None:
        self._file = file
        self._depth = depth
        self._buffer = b""
        self._base = 0
        self._at = 0
        self._ended = False
        self._row = 0

    def batches(self, size: int) -> Iterator[Batch]:
        """Batches of `size` documents; raises `Invalid` that names the byte and the row where the JSON breaks."""
        pieces: list[tuple[int, bytes]] = []
        for piece in self._elements():
            pieces.append(piece)
            if len(pieces) == size:
                yield self._batch(pieces)
                pieces = []
        if pieces:
            yield self._batch(pieces)

    def _batch(self, pieces: list[tuple[int, bytes]]) -> Batch:
        first = self._row - len(pieces)
        end = pieces[-1][0] + len(pieces[-1][1])
        try:
            together = b"[" + b",".join(raw for _, raw in pieces) + b"]"
            return Batch(first, end, engine.loads(together, depth=self._depth + 1))
        except (engine.Invalid, engine.TooLarge):
            one_by_one = [self._parse(first + n, *piece) for n, piece in enumerate(pieces)]
            return Batch(first, end, one_by_one)

    def _parse(self, row: int, start: int, raw: bytes) -> Any:
        try:
            return engine.loads(raw, depth=self._depth)
        except (engine.Invalid, engine.TooLarge) as problem:
            at = start
            if isinstance(problem.__cause__, orjson.JSONDecodeError):
                at += len(raw.decode(errors="replace")[: problem.__cause__.pos].encode())
            raise broken(problem.message, byte=at, row=row) from problem

    def _elements(self) -> Iterator[tuple[int, bytes]]:
        """(byte offset, text) of each top-level object."""
        self._fill()
        if self._buffer.startswith(_BOM):
            self._at = len(_BOM)
        opening = self._peek()
        if opening == b"[":
            self._at += 1
            yield from self._array()
        elif opening == b"{":
            while self._peek():
                yield self._element()
        elif opening:
            raise self._wrong("The file must hold an array of objects, one object, or one object a line.")

    def _array(self) -> Iterator[tuple[int, bytes]]:
        if self._peek() != b"]":
            yield self._element()
            while self._peek() == b",":
                self._at += 1
                yield self._element()
        if self._peek() != b"]":
            text = "Expected ',' or ']' here." if self._peek() else "The file ends inside its array."
            raise self._wrong(text)
        self._at += 1
        if self._peek():
            raise self._wrong("There is more behind the end of the array.")

    def _element(self) -> tuple[int, bytes]:
        if self._peek() != b"{":
            raise self._wrong("Expected an object here." if self._peek() else "The file ends too early.")
        while (end := self._end_of_element()) is None:
            if len(self._buffer) - self._at > _MAX_DOCUMENT:
                raise self._wrong("A document is larger than 16 MB.")
            if self._ended:
                raise broken("The file ends inside a document.", byte=self._base + self._at, row=self._row)
            self._fill()
        found = (self._base + self._at, self._buffer[self._at : end])
        self._at = end
        self._row += 1
        return found

    def _end_of_element(self) -> int | None:
        """Where the object at the present place ends, or None when the buffer does not hold its end."""
        if flat := _FLAT.match(self._buffer, self._at):
            return flat.end()
        depth = 0
        for token in _TOKEN.finditer(self._buffer, self._at):
            text = token[0]
            if text in b"{[":
                depth += 1
            elif text in b"}]":
                depth -= 1
                if not depth:
                    return token.end()
            elif text == b'"':
                return None
        return None

    def _peek(self) -> bytes:
        """The next byte that is not white space; empty at the end of the file."""
        while True:
            space = _SPACE.match(self._buffer, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            if self._ended:
                return b""
            self._fill()

    def _fill(self) -> None:
        # At least doubling what is held keeps the rescanning of one large document linear.
        held = self._buffer[self._at :]
        more = self._file.read(max(_CHUNK, len(held)))
        self._ended = not more
        self._base += self._at
        self._at = 0
        self._buffer = held + more

    def _wrong(self, text: str) -> engine.Error:
        return broken(text, byte=self._base + self._at, row=self._row)


def broken(text: str, *, byte: int, row: int) -> engine.Error:
    """The error of a file whose JSON breaks at a byte (from 0), in or after the row (from 0)."""
    return engine.Invalid.of_field("json_file", f"{text} (byte {byte}, row {row})", index=row)
