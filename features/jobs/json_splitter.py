"""Splits a JSON file of any size into documents, in constant memory, and records the byte where each one starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

import engine
from engine.encoding import loads
from engine.errors import invalid
from engine.query import decode_extended
from features.jobs.import_file import FIELD
from features.jobs.spool import Readable

_CHUNK = 1 << 20
_MAX_DOCUMENT_BYTES = 16 << 20
# orjson needs 13 times the size of its input while it parses.
_MAX_BATCH_BYTES = 2 << 20
_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'


def _inside(*parts: bytes) -> bytes:
    """Return a pattern of what may stand between two brackets, where other brackets occur only in these parts."""
    return rb"[^{}\[\]\"]*+(?:(?:" + rb"|".join(parts) + rb")[^{}\[\]\"]*+)*+"


def _bracketed(inside: bytes) -> bytes:
    return rb"\{" + inside + rb"\}|\[" + inside + rb"\]"


# An object with at most two nested levels is matched in one step without backtracking. All others are scanned for
# the tokens that open, close or hide brackets.
_NESTED = _inside(_STRING, _bracketed(_inside(_STRING, _bracketed(_inside(_STRING)))))
_FLAT = re.compile(rb"\{" + _NESTED + rb"\}", re.DOTALL)
TOKEN = re.compile(_STRING + rb'|[{}\[\]"]', re.DOTALL)
BOM = b"\xef\xbb\xbf"
# The beginning of a value that the end of the file truncates.
_CUT_OFF = re.compile(rb'["\\\w.+\-\x80-\xff]*+\Z')
_LARGE_DOCUMENT = "A document is larger than 16 MB."
Piece = tuple[int, bytes]


@dataclass(frozen=True)
class Batch:
    """Documents in the file's order; `row` is the number of the first one, `end` the byte after the last one.

    `errors` are those of rows that are no documents; their index is the number in the batch.
    """

    row: int
    end: int
    documents: list[Any]
    errors: list[engine.FieldError] = field(default_factory=list)


class JsonSplitter:
    """Splits an array of objects, one object, or objects one after the other (NDJSON).

    `depth` and `values` limit the nesting and the number of values of one object.
    """

    def __init__(self, file: Readable, *, depth: int, values: int) -> None:
        self._file = file
        self._depth = depth
        self._values = values
        self._buffer = b""
        self._base = 0
        self._at = 0
        self._ended = False
        self._row = 0

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield batches of at most `size` documents and about two megabytes, which depend on the file alone.

        Raises `Invalid` with the byte and the row where the JSON is broken. An error of a document as a whole, such
        as a repeated key, is reported at the document's first byte.
        """
        elements = self._elements()
        while True:
            pieces, error = _gather(elements, size)
            # An error in an earlier row is raised first.
            batch = self._batch(pieces) if pieces else None
            if error:
                raise error
            if batch is None:
                return
            yield batch

    def _batch(self, pieces: list[Piece]) -> Batch:
        first = self._row - len(pieces)
        end = pieces[-1][0] + len(pieces[-1][1])
        joined = b"[" + b",".join(raw for _, raw in pieces) + b"]"
        try:
            documents = loads(joined, depth=self._depth + 1, values=self._values)
        except (engine.Invalid, engine.TooLarge):
            documents = [self._parse(first + n, *piece) for n, piece in enumerate(pieces)]
        if b'"$' in joined:
            documents = [_decoded(document, first + n) for n, document in enumerate(documents)]
        return Batch(first, end, documents)

    def _parse(self, row: int, start: int, raw: bytes) -> Any:
        try:
            return loads(raw, depth=self._depth, values=self._values)
        except (engine.Invalid, engine.TooLarge) as error:
            cause = error.__cause__
            if isinstance(error, engine.Invalid) and isinstance(cause, orjson.JSONDecodeError):
                raise _unreadable(cause, raw, start=start, row=row) from error
            raise broken(error.message, byte=start, row=row) from error

    def _elements(self) -> Iterator[Piece]:
        """Yield (byte offset, text) of each top-level object."""
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
            raise self._wrong("Unexpected data after the end of the array.")

    def _element(self) -> tuple[int, bytes]:
        if self._peek() != b"{":
            raise self._wrong("Expected an object here." if self._peek() else "The file ends too early.")
        while (end := self._end_of_element()) is None:
            if self._ended:
                raise self._unfinished("The file ends inside a document.")
            if len(self._buffer) - self._at > _MAX_DOCUMENT_BYTES:
                raise self._unfinished(_LARGE_DOCUMENT)
            self._fill()
        if end - self._at > _MAX_DOCUMENT_BYTES:
            raise self._wrong(_LARGE_DOCUMENT)
        piece = (self._base + self._at, self._buffer[self._at : end])
        self._at = end
        self._row += 1
        return piece

    def _end_of_element(self) -> int | None:
        """Return the index after the object at the current position, or None until the buffer holds its end."""
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
        """Return the next byte that is not white space; empty at the end of the file."""
        while True:
            space = _SPACE.match(self._buffer, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            if self._ended:
                return b""
            self._fill()

    def _fill(self) -> None:
        # At least doubling the buffer keeps the rescanning of one large document linear.
        remaining = self._buffer[self._at :]
        more = self._file.read(max(_CHUNK, len(remaining)))
        self._ended = not more
        self._base += self._at
        self._at = 0
        self._buffer = remaining + more

    def _unfinished(self, text: str) -> engine.Error:
        """Return the error of a document without an end; invalid JSON within it takes precedence."""
        raw = self._buffer[self._at :]
        try:
            orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            if not _CUT_OFF.match(raw, _break(raw, error)):
                return _unreadable(error, raw, start=self._base + self._at, row=self._row)
        return self._wrong(text)

    def _wrong(self, text: str) -> engine.Error:
        return broken(text, byte=self._base + self._at, row=self._row)


def _decoded(document: Any, row: int) -> Any:
    """Return a document with its values decoded from extended JSON."""
    try:
        return decode_extended(document)
    except ValueError as error:
        raise invalid([engine.FieldError("", str(error), row)]) from error


def _gather(elements: Iterator[Piece], size: int) -> tuple[list[Piece], engine.Error | None]:
    """Return the elements of one batch, and the error after them."""
    pieces: list[Piece] = []
    size_so_far = 0
    try:
        while len(pieces) < size and size_so_far < _MAX_BATCH_BYTES and (piece := next(elements, None)):
            pieces.append(piece)
            size_so_far += len(piece[1])
    except engine.Error as error:
        return pieces, error
    return pieces, None


def _unreadable(error: orjson.JSONDecodeError, raw: bytes, *, start: int, row: int) -> engine.Error:
    byte = start + _break(raw, error)
    return broken(f"The JSON is not valid: {error.msg}.", byte=byte, row=row)


def _break(raw: bytes, error: orjson.JSONDecodeError) -> int:
    """Return the byte at which orjson, which counts characters, stopped."""
    try:
        return len(raw.decode()[: error.pos].encode())
    except UnicodeDecodeError as decode_error:
        return decode_error.start


def broken(text: str, *, byte: int, row: int) -> engine.Error:
    """Return the error of a file whose JSON is broken at a byte (from 0), in or after the row (from 0)."""
    return engine.Invalid.of_field(FIELD, f"{text} (byte {byte}, row {row})", index=row)
