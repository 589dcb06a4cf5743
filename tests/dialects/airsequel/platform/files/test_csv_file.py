"""CSV files: columns with the types of their values, and rows."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dialects.airsequel.platform.files.csv_file import read_csv


@pytest.mark.parametrize(
    ("content", "types", "documents"),
    [
        ("a,b\r\n1,x\r\n", {"a": "INTEGER", "b": "TEXT"}, [{"a": 1, "b": "x"}]),
        ("\ufeffa;b\n1.5;2,5\n\n;\n", {"a": "REAL", "b": "TEXT"}, [{"a": 1.5, "b": "2,5"}, {}]),
        (
            "a\tb\n007\ttrue\n8\tfalse",
            {"a": "TEXT", "b": "BOOLEAN"},
            [{"a": "007", "b": True}, {"a": "8", "b": False}],
        ),
        (
            'a,,"c d"\n"x,\ny",,"say ""hi"""',
            {"a": "TEXT", "column_2": "TEXT", "c d": "TEXT"},
            [{"a": "x,\ny", "c d": 'say "hi"'}],
        ),
        (
            "a,b\n1\n12345678901234567890,1e3",
            {"a": "TEXT", "b": "REAL"},
            [{"a": "1"}, {"a": "12345678901234567890", "b": 1000.0}],
        ),
        ("größe\n", {"größe": "TEXT"}, []),
        ("a,b\n1e-400,1e-99", {"a": "TEXT", "b": "REAL"}, [{"a": "1e-400", "b": 1e-99}]),
    ],
)
def test_files(content: str, types: dict[str, str], documents: list[dict[str, Any]]) -> None:
    parsed = read_csv("My Films.csv", content.encode())
    assert parsed.table.name == "my_films"
    assert {column.name: column.type for column in parsed.table.columns} == types
    assert list(parsed.documents()) == documents


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        (b"", ["The file is empty: its first row must have the names of the columns."]),
        (b"a,a,b\n1,2,3,4", ["The column 'a' occurs twice.", "Row 1 has more cells than there are columns."]),
        (b"\xff\xfea", ["This is not UTF-8."]),
        (b"a\0", ["A CSV file has no NUL."]),
        (b'a\n"unclosed', ["This is not CSV: unexpected end of data."]),
        (b"SQLite format 3\0...", ["This is an SQLite file; CSV files alone can be uploaded yet."]),
        (b",".join([b"a"] * 501), ["At most 500 columns."]),
    ],
)
def test_refused_files(content: bytes, messages: list[str]) -> None:
    with pytest.raises(engine.Invalid) as raised:
        read_csv("a.csv", content)
    assert [(error.field, error.message) for error in raised.value.errors] == [("file", text) for text in messages]


def test_the_cells_of_a_file_are_limited(settings: Any) -> None:
    settings.MAX_BODY_VALUES = 3
    assert len(read_csv("a.csv", b"a\n1\n2").rows) == 2
    with pytest.raises(engine.TooLarge, match="at most 3 cells"):
        read_csv("a.csv", b"a\n1\n2\n3")
