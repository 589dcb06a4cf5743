"""Rows inside of a file's one object."""

from __future__ import annotations

import io

import pytest

import engine
from features.jobs.services.imports.nested import extract_rows, find_rows


@pytest.mark.parametrize(
    ("text", "name", "rows"),
    [
        (b'{"a": [{"b": 1}]}', None, ("a", b'[{"b": 1}]')),
        (b'\xef\xbb\xbf {"x": {"a": [{}]}, "a" : [ {"b": "]}"}, {} ] } ', None, ("a", b'[ {"b": "]}"}, {} ]')),
        (b'{"a": [{}], "c": [{"d": [{}]}]}', "c", ("c", b'[{"d": [{}]}]')),
        (b'{"a": [{"b": 1}, {"b"', None, ("a", b'[{"b": 1}, {"b"')),
        (b'{"\\u0061": [{}]}', "a", ("a", b"[{}]")),
        (b'{"a": [1, {}]}', None, None),
        (b'{"a": []}', None, None),
        (b'{"a": [{}]} {"a": [{}]}', None, None),
        (b'[{"a": [{}]}]', None, None),
        (b'{"a": [{}]}', "b", None),
        (b"", None, None),
        (b"]]]", None, None),
        (b'{"a', None, None),
    ],
)
def test_rows_are_found(text: bytes, name: str | None, rows: tuple[str, bytes] | None) -> None:
    member = find_rows(text, name=name)
    if member:
        end = member.end if member.end >= 0 else len(text)
        assert (member.name, text[member.start : end]) == rows
    else:
        assert rows is None


def test_rows_are_extracted_as_a_file() -> None:
    assert extract_rows(io.BytesIO(b'{"a": [{"n": 1}]}'), name="a").read() == b'[{"n": 1}]'
    for text in (b'{"a": [{"n": 1}', b"[]"):
        with pytest.raises(engine.Invalid, match="array of objects"):
            extract_rows(io.BytesIO(text), name="a")
    with pytest.raises(engine.TooLarge):
        extract_rows(io.BytesIO(b" " * ((16 << 20) + 1)), name="a")
