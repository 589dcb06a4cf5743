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
# orjson takes 13 times what it reads, for as long as it reads.
_MAX_BATCH = 2 << 20
_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'


def _inside(*parts: bytes) -> bytes:
    """What may lie between two brackets, where other brackets lie only in these parts."""
    return rb"[^{}\[\]\"]*+(?:(?:" + rb"|".join(parts) + rb")[^{}\[\]\"]*+)*+"


def _bracketed(inside: bytes) -> bytes:
    return rb"\{" + inside + rb"\}|\[" + inside + rb"\]"


# An object with at most two levels nested in it, in one step that never goes back; and, for all others, what
# opens, closes or hides brackets.
_NESTED = _inside(_STRING, _bracketed(_inside(_STRING, _bracketed(_inside(_STRING)))))
_FLAT = re.compile(rb"\{" + _NESTED + rb"\}", re.DOTALL)
TOKEN = re.compile(_STRING + rb'|[{}\[\]"]', re.DOTALL)
BOM = b"\xef\xbb\xbf"
# What may be left of a value that the end of the file cuts in two.
_CUT_OFF = re.compile(rb'["\\\w.+\-\x80-\xff]*+\Z')
_LARGE_DOCUMENT = "A document is larger than 16 MB."
Piece = tuple[int, bytes]


@dataclass(frozen=True)
class Batch:
    """Documents in the file's order; `row` is the first one's number, `end` the byte behind the last one."""

    row: int
    end: int
    documents: list[Any]


class Reader:
    """An array of objects, one object, or objects one after the other (NDJSON).

    `depth` and `values` are the caps of one object.
    """

    def __init__(self, file: BinaryIO, *, depth: int, values: int) -> None:
        self._file = file
        self._depth = depth
        self._values = values
        self._buffer = b""
        self._base = 0
        self._at = 0
        self._ended = False
        self._row = 0

    def batches(self, size: int) -> Iterator[Batch]:
        """Batches of at most `size` documents and about two megabytes, which depend on the file's content alone.

        Raises `Invalid` that names the byte and the row where the JSON breaks. What is wrong with a document as a
        whole, such as a key named twice, is told at the document's first byte.
        """
        elements = self._elements()
        while True:
            pieces, trouble = _gather(elements, size)
            # An earlier row's fault goes before what is wrong behind it.
            batch = self._batch(pieces) if pieces else None
            if trouble:
                raise trouble
            if batch is None:
                return
            yield batch

    def _batch(self, pieces: list[Piece]) -> Batch:
        first = self._row - len(pieces)
        end = pieces[-1][0] + len(pieces[-1][1])
        together = b"[" + b",".join(raw for _, raw in pieces) + b"]"
        try:
            documents = engine.loads(together, depth=self._depth + 1, values=self._values)
        except (engine.Invalid, engine.TooLarge):
            documents = [self._parse(first + n, *piece) for n, piece in enumerate(pieces)]
        if b'"$' in together:
            documents = [_decoded(document, first + n) for n, document in enumerate(documents)]
        return Batch(first, end, documents)

    def _parse(self, row: int, start: int, raw: bytes) -> Any:
        try:
            return engine.loads(raw, depth=self._depth, values=self._values)
        except (engine.Invalid, engine.TooLarge) as problem:
            cause = problem.__cause__
            if isinstance(problem, engine.Invalid) and isinstance(cause, orjson.JSONDecodeError):
                raise _unreadable(cause, raw, start=start, row=row) from problem
            raise broken(problem.message, byte=start, row=row) from problem

    def _elements(self) -> Iterator[Piece]:
        """(byte offset, text) of each top-level object."""
        while not self._ended and len(self._buffer) < len(BOM):
            self._fill()
        if self._buffer.startswith(BOM):
            self._at = len(BOM)
        opening = self._peek()
        if opening == b"[":
            self._at += 1
            yield from self._array()
        elif opening == b"{":
            while self._peek():
                yield self._element()
        elif opening:
            raise self._wrong("The file must hold an array of objects, one object, or one object a line.")

    def _array(self) -> Iterator[Piece]:
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
            if self._ended:
                raise self._unfinished("The file ends inside a document.")
            if len(self._buffer) - self._at > _MAX_DOCUMENT:
                raise self._unfinished(_LARGE_DOCUMENT)
            self._fill()
        if end - self._at > _MAX_DOCUMENT:
            raise self._wrong(_LARGE_DOCUMENT)
        found = (self._base + self._at, self._buffer[self._at : end])
        self._at = end
        self._row += 1
        return found

    def _end_of_element(self) -> int | None:
        """Where the object at the present place ends, or None when the buffer does not hold its end."""
        if flat := _FLAT.match(self._buffer, self._at):
            return flat.end()
        depth = 0
        for token in TOKEN.finditer(self._buffer, self._at):
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

    def _unfinished(self, text: str) -> engine.Error:
        """The error of a document without an end, which may be due to what is wrong in the midst of it."""
        raw = self._buffer[self._at :]
        try:
            orjson.loads(raw)
        except orjson.JSONDecodeError as problem:
            if not _CUT_OFF.match(raw, _break(raw, problem)):
                return _unreadable(problem, raw, start=self._base + self._at, row=self._row)
        return self._wrong(text)

    def _wrong(self, text: str) -> engine.Error:
        return broken(text, byte=self._base + self._at, row=self._row)


def _decoded(document: Any, row: int) -> Any:
    """A document whose values may be in extended JSON."""
    try:
        return engine.decode_extended(document)
    except ValueError as problem:
        raise engine.invalid([engine.FieldError("", str(problem), row)]) from problem


def _gather(elements: Iterator[Piece], size: int) -> tuple[list[Piece], engine.Error | None]:
    """The elements of one batch, and what is wrong behind them."""
    pieces: list[Piece] = []
    held = 0
    try:
        while len(pieces) < size and held < _MAX_BATCH and (piece := next(elements, None)):
            pieces.append(piece)
            held += len(piece[1])
    except engine.Error as problem:
        return pieces, problem
    return pieces, None


def _unreadable(problem: orjson.JSONDecodeError, raw: bytes, *, start: int, row: int) -> engine.Error:
    byte = start + _break(raw, problem)
    return broken(f"The JSON is not valid: {problem.msg}.", byte=byte, row=row)


def _break(raw: bytes, problem: orjson.JSONDecodeError) -> int:
    """The byte at which orjson, which counts characters, stopped."""
    try:
        return len(raw.decode()[: problem.pos].encode())
    except UnicodeDecodeError as wrong:
        return wrong.start


def broken(text: str, *, byte: int, row: int) -> engine.Error:
    """The error of a file whose JSON breaks at a byte (from 0), in or after the row (from 0)."""
    return engine.Invalid.of_field("json_file", f"{text} (byte {byte}, row {row})", index=row)
