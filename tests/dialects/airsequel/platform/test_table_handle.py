"""A table as a request addresses it: its columns, rows and searches."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal, Scope
from dialects.airsequel.platform.columns import ColumnDraft
from dialects.airsequel.platform.table_handle import TableHandle, open_table
from tests.dialects.airsequel.platform.support import new_table
from tests.support import MISSING_ID
from tests.tenants import key_of

COLUMNS = (
    ColumnDraft("id", "INTEGER", is_primary_key=True),
    ColumnDraft("title", "TEXT"),
    ColumnDraft("price", "REAL"),
    ColumnDraft("file", "BLOB"),
)
ROWS = [
    {"title": "Milk (1 l)", "price": 1.5},
    {"title": "50% off", "price": 3},
    {"title": "MILK", "price": 7},
    {"price": 7},
]


@pytest.fixture
def table(owner: PersonPrincipal) -> TableHandle:
    return new_table(owner, *COLUMNS, rows=ROWS)


def test_what_a_table_knows(table: TableHandle) -> None:
    assert (table.name, table.rowid_name) == ("todos", "rowid")
    assert [column.name for column in table.columns] == ["id", "title", "price", "file"]
    assert table.column("price").type == "REAL"
    for name in ("lost", "rowid", "_rowid", "_id", ""):
        with pytest.raises(engine.NotFound, match=f"The table has no column {name!r}"):
            table.column(name)


def test_rows_have_rowids(table: TableHandle) -> None:
    assert [row["_rowid"] for row in table.rows({}, limit=99)] == [1, 2, 3, 4]
    assert [row["_rowid"] for row in table.rows({"price": 7}, limit=1)] == [3]
    assert table.rows({}, limit=0) == []
    assert [row["_rowid"] for batch in table.batches() for row in batch] == [1, 2, 3, 4]
    assert [table.count(filter) for filter in ({}, {"price": 7}, {"price": 99})] == [4, 2, 0]


def test_searches(table: TableHandle) -> None:
    for term, rowids in [
        ("milk", [1, 3]),
        ("(1", [1]),
        ("%", [2]),
        (".", []),
        ("7", [3, 4]),
        ("7.0", [3, 4]),
        ("1", [1]),
        ("3", [2, 3]),
        ("nothing", []),
    ]:
        filter = table.search_filter(term)
        assert [row["_rowid"] for row in table.rows(filter, limit=9)] == rowids, term


@pytest.mark.parametrize("term", ["", "a\0", "x" * 51])
def test_searches_that_are_refused(table: TableHandle, term: str, settings: Any) -> None:
    settings.MAX_REGEX_LENGTH = 100
    with pytest.raises(engine.Invalid) as refused:
        table.search_filter(term)
    (error,) = refused.value.errors
    text = "Must have 1 to 50 characters without NUL (MAX_REGEX_LENGTH)."
    assert (error.field, error.message) == ("searchTerm", text)


def test_a_table_without_texts_and_numbers_matches_nothing(owner: PersonPrincipal) -> None:
    table = new_table(owner, ColumnDraft("done", "BOOLEAN"), rows=[{"done": True}])
    assert table.rows(table.search_filter("true"), limit=9) == []


def test_who_may_open_it(owner: PersonPrincipal, table: TableHandle) -> None:
    database_id = table.database.id
    reader = key_of(owner, Scope(frozenset({engine.Action.READ})))
    assert open_table(reader, database_id, "todos").count({}) == 4
    with pytest.raises(engine.Forbidden):
        open_table(reader, database_id, "todos", action=engine.Action.WRITE)
    for database, name in ((database_id, "lost"), (MISSING_ID, "todos")):
        with pytest.raises(engine.NotFound):
            open_table(owner, database, name)
