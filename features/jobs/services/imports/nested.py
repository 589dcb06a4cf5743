"""Finds the rows of a file that is one object with an array of objects, such as the `features` of GeoJSON."""

from __future__ import annotations

import io
import json
import re
from typing import NamedTuple

import engine
from features.jobs.json_splitter import BOM, TOKEN
from features.jobs.spool import Readable

MAX_BYTES = 16 << 20
_ARRAY_OF_OBJECTS = re.compile(rb"[ \t\r\n]*+:[ \t\r\n]*+\[[ \t\r\n]*+\{")
_GEOJSON = re.compile(rb'"type"\s*+:\s*+"FeatureCollection"')


class Rows(NamedTuple):
    """The rows of the member `name`, the bytes from `start` to `end`; `end` is -1 where the text is truncated."""

    name: str
    start: int
    end: int


def find_rows(text: bytes, *, name: str | None = None) -> Rows | None:
    """Return the first array of objects, or the one called `name`, in a text that is one object; else None."""
    if not text.removeprefix(BOM).lstrip().startswith(b"{"):
        return None
    rows, depth = None, 0
    for token in TOKEN.finditer(text):
        match token[0]:
            case b"{" | b"[":
                depth += 1
            case b"}" | b"]":
                depth -= 1
                if depth == 1 and rows and rows.end < 0:
                    rows = rows._replace(end=token.end())
                if not depth:
                    return None if text[token.end() :].strip() else rows
            case string if depth == 1 and rows is None and (opening := _ARRAY_OF_OBJECTS.match(text, token.end())):
                member = _decode(string)
                if member is not None and name in (None, member):
                    rows = Rows(member, text.index(b"[", token.end(), opening.end()), -1)
    return rows


def is_geojson(text: bytes, rows: Rows | None) -> bool:
    """Return whether the text is a FeatureCollection, whose rows are its features."""
    return bool(rows and rows.name == "features" and _GEOJSON.search(text))


def extract_rows(file: Readable, *, name: str) -> io.BytesIO:
    """Return the array `name` of the file's one object as a file. Raises `Invalid` where it does not exist."""
    text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise engine.TooLarge(f"Rows are taken from a member of files up to {MAX_BYTES >> 20} MB.")
    rows = find_rows(text, name=name)
    if rows is None or rows.end < 0:
        raise engine.Invalid.of_field("rows_from", f"The file is not one object with an array of objects {name!r}.")
    return io.BytesIO(text[rows.start : rows.end])


def _decode(string: bytes) -> str | None:
    try:
        return json.loads(string)
    except ValueError:
        return None
