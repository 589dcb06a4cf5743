"""Files in cells: stored, read in parts, replaced and listed."""

from __future__ import annotations

from io import BytesIO

import pytest

import engine
from accounts.principal import PersonPrincipal
from dialects.airsequel.platform.columns import ColumnDraft
from dialects.airsequel.platform.files.file_cells import (
    _of_bytes,
    discard_files,
    file_fields_of,
    files_in,
    open_file,
    store_file,
)
from dialects.airsequel.platform.table_handle import TableHandle
from engine.handles import Blobs
from features.files.services import Upload
from tests.dialects.airsequel.platform.support import new_table
from tests.support import MISSING_ID

PNG = b"\x89PNG\r\n\x1a\n"
COLUMNS = (ColumnDraft("title", "TEXT", is_unique=True), ColumnDraft("file", "BLOB"), ColumnDraft("kind", "TEXT"))


@pytest.fixture
def table(owner: PersonPrincipal) -> TableHandle:
    return new_table(owner, *COLUMNS, rows=[{"title": "One", "kind": "a"}, {"title": "Two", "kind": "a"}])


def store(table: TableHandle, content: bytes, *, key: str = "rowid", value: str = "1") -> None:
    store_file(table, "file", Upload("a.txt", len(content), BytesIO(content)), key=key, value=value)


def archived(table: TableHandle) -> list[str]:
    return [blob.id for blob in Blobs(table.database).page("", skip=0, limit=9)[0]]


def test_a_cell_is_read_in_parts_by_any_key(table: TableHandle) -> None:
    store(table, b"content")
    (row, _) = table.rows({}, limit=2)
    for key, value in (("rowid", "1"), ("title", "One"), ("_id", str(row["_id"]))):
        cell = open_file(table, "file", key=key, value=value)
        assert (cell.name, cell.length, cell.read(), cell.read(start=3, end=5)) == ("a.txt", 7, b"content", b"te")
    with pytest.raises(engine.NotFound, match="The cell has no file"):
        open_file(table, "file", key="title", value="Two")


def test_a_file_that_is_replaced_is_deleted(table: TableHandle) -> None:
    store(table, b"first")
    (first,) = archived(table)
    store(table, b"second", key="title", value="One")
    (second,) = archived(table)
    assert first != second
    assert open_file(table, "file", key="rowid", value="1").read() == b"second"


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("rowid", "9", engine.NotFound),
        ("rowid", "x", engine.Invalid),
        ("rowid", "1.5", engine.Invalid),
        ("title", "lost", engine.NotFound),
        ("kind", "a", engine.Invalid),
        ("lost", "1", engine.NotFound),
        ("_id", MISSING_ID, engine.NotFound),
        ("_id", "x", engine.Invalid),
    ],
)
def test_rows_that_are_no_single_row(table: TableHandle, key: str, value: str, error: type[engine.Error]) -> None:
    with pytest.raises(error):
        store(table, b"x", key=key, value=value)
    with pytest.raises(error):
        open_file(table, "file", key=key, value=value)
    assert archived(table) == []


def test_the_files_of_a_database(table: TableHandle) -> None:
    assert file_fields_of(table.database) == {"todos": ["file"]}
    assert files_in(table.database, "todos", ["file"]) == []
    store(table, b"1")
    store(table, b"2", value="2")
    files = files_in(table.database, "todos", ["file"])
    assert files == sorted(archived(table))
    assert files_in(table.database, "todos", []) == []
    discard_files(table.principal, table.database.id, files)
    assert archived(table) == []


@pytest.mark.parametrize(("content", "is_shown"), [(PNG, True), (b"text", False), (b"", False)])
def test_binary_data_of_a_row(content: bytes, is_shown: bool) -> None:
    cell = _of_bytes("file", content)
    assert (cell.length, cell.is_shown, cell.read(), cell.read(start=1, end=3)) == (
        len(content),
        is_shown,
        content,
        content[1:3],
    )
    assert cell.tag == _of_bytes("other", content).tag != _of_bytes("file", content + b"x").tag
