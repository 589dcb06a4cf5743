"""Tables as documents: separators, quotation, and where a file is broken."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from features.jobs import csv_splitter
from features.jobs.csv_splitter import CsvSplitter, TableRows, read_types
from features.jobs.import_file import FileFormat, ImportFile
from features.jobs.json_splitter import Batch


def table_of(content: bytes, format: FileFormat = FileFormat.CSV) -> TableRows:
    return TableRows(ImportFile(io.BytesIO(content), max_bytes=1 << 30), format, max_columns=10)


def batches_of(content: bytes, *, size: int = 100, **options: Any) -> list[Batch]:
    table = table_of(content, **options)
    return [*CsvSplitter(table, table.header, [str] * len(table.header)).batches(size)]


def documents_of(content: bytes, **options: Any) -> list[dict[str, Any]]:
    return [document for batch in batches_of(content, **options) for document in batch.documents]


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n3,\n",
        b"a;b\r\n1;2\r\n3;\r\n",
        b"a\tb\n1\t2\n3\n",
        b"a|b\n1|2\n3|",
        b'\xef\xbb\xbf"a","b"\n"1","2"\n\n3,\n',
        b"\n a , b \n1,2\n3,\n",
    ],
)
def test_tables_of_other_separators_are_equal(content: bytes) -> None:
    assert documents_of(content) == [{"a": "1", "b": "2"}, {"a": "3"}]


def test_a_file_of_tabs_may_have_commas() -> None:
    assert documents_of(b"a,b\tc\n1,2\t3\n", format=FileFormat.TSV) == [{"a,b": "1,2", "c": "3"}]


def test_cells_have_line_breaks_and_quotation_marks() -> None:
    assert documents_of(b'a,b\n"x ""y""\nz, w",1\n') == [{"a": 'x "y"\nz, w', "b": "1"}]


def test_columns_without_a_name_get_one() -> None:
    assert table_of(b"a,,c\n").header == ["a", "column_2", "c"]


def test_batches_depend_on_the_file_alone() -> None:
    content = b"a\n" + b"".join(b"%d\n" % number for number in range(25))
    batches = batches_of(content, size=10)
    assert [(batch.row, len(batch.documents)) for batch in batches] == [(0, 10), (10, 10), (20, 5)]
    assert [content[: batch.end].count(b"\n") for batch in batches] == [11, 21, 26]


def test_large_rows_make_small_batches() -> None:
    content = b"a\n" + b"".join(b"x" * 900_000 + b"\n" for _ in range(5))
    assert [len(batch.documents) for batch in batches_of(content)] == [3, 2]


def test_rows_that_are_too_long_are_reported_with_their_batch() -> None:
    first, second = batches_of(b"a,b\n1,2\n1,2,3\n4,5\n1,2,3,4\n", size=2)
    text = "The row has more cells than the table has columns (2)."
    assert [batch.errors for batch in (first, second)] == [[engine.FieldError("", text, 1)]] * 2
    assert second.documents == [{"a": "4", "b": "5"}, {"a": "1", "b": "2"}]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "The file is empty: its first row must name the columns."),
        (b"\n\n", "The file is empty: its first row must name the columns."),
        (b"a,b,a\n", "The column 'a' occurs 2 times."),
        (b'a,b\n1,2\n"x,3\n', "The table is not valid: unexpected end of data. (byte 8, row 1)"),
        (b'a,b\n1,2\n"x"y,3\n', "The table is not valid: ',' expected after '\"'. (byte 8, row 1)"),
        (b"a,b\n1,\xff\n", "The file is not UTF-8. (byte 6, row 0)"),
        (",".join(map(str, range(11))).encode(), "A table has at most 10 columns (MAX_BODY_VALUES)."),
    ],
)
def test_broken_tables_are_refused_where_they_break(content: bytes, text: str) -> None:
    with pytest.raises((engine.Invalid, engine.TooLarge)) as refused:
        documents_of(content)
    assert refused.value.message == text


def test_a_quotation_mark_that_is_not_closed_reads_no_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_splitter, "MAX_ROW_BYTES", 1_000)
    content = io.BytesIO(b'a,b\n1,2\n"' + b"x,y\n" * 10_000)
    table = TableRows(ImportFile(content, max_bytes=1 << 30), FileFormat.CSV, max_columns=10)
    with pytest.raises(engine.Invalid, match="is a quotation mark not closed"):
        [*table.rows()]
    assert content.tell() < 2_000


def test_rows_before_an_error_are_a_batch() -> None:
    table = table_of(b'a\n1\n2\n"')
    batches = CsvSplitter(table, table.header, [str]).batches(10)
    assert next(batches).documents == [{"a": "1"}, {"a": "2"}]
    with pytest.raises(engine.Invalid):
        next(batches)


def test_columns_are_renamed_and_left_out() -> None:
    table = table_of(b"a,b,c\n1,2,3\n")
    (batch,) = CsvSplitter(table, ["x", None, "c"], [int, str, str]).batches(10)
    assert batch.documents == [{"x": 1, "c": "3"}]


def test_the_types_of_all_rows() -> None:
    ends: list[int] = []
    types = read_types(table_of(b"a,b,c\n1,x\n2,y\n"), depth=8, values=100, each_row=ends.append)
    assert (types, ends) == (["number", "string", ""], [10, 14])


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6))
def test_what_the_csv_module_writes_is_read_again(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    expected = [{name: cell for name, cell in zip("abc", row, strict=True) if cell} for row in rows]
    assert documents_of(text.getvalue().encode()) == expected
