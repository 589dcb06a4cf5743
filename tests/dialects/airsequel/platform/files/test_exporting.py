"""Tables as files."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

import engine
from dialects.airsequel.platform.files.exporting import _lines, _text, table_file


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (True, "true"), (1.5, "1.5"), ([1], "[1]"), ("a", "a"), (10**15, str(10**15))]
)
def test_cells(value: Any, text: str) -> None:
    assert _text(value) == text


def test_lines_are_csv() -> None:
    rows = [["a,b", 'say "hi"', "two\nlines"], ["", "", ""]]
    assert [*csv.reader(io.StringIO(_lines(rows).decode(), newline=""))] == rows


def test_unknown_formats() -> None:
    table: Any = None
    with pytest.raises(engine.Invalid):
        table_file(table, format="xml")
