"""Changes of columns: what a change leaves as it is, and the names in errors."""

from __future__ import annotations

import pytest

import engine
from catalog.services.metadata.tables import ColumnDeclaration
from dialects.airsequel.platform.changes import _changed, _member, _new_table_path
from dialects.airsequel.platform.columns import ColumnDraft, TableColumn
from dialects.airsequel.platform.operations.tables import ColumnChange

FIELD = engine.Field("a", "number", unique=True, default=1, description="x")


def test_members_that_are_not_sent_stay() -> None:
    column = TableColumn(FIELD, ColumnDeclaration("INT_STARS"))
    before = ColumnDraft("a", "INT_STARS", is_unique=True, default=(1,), description="x")
    assert _changed(column, ColumnChange.parse({})) == before
    after = ColumnDraft("b", "INT_STARS", default=(None,))
    body = {"name": "b", "isUnique": False, "default": None, "description": None}
    assert _changed(column, ColumnChange.parse(body)) == after


def test_what_a_file_declared_stays() -> None:
    """Check columns of an SQLite file, whose cells decided how they are stored."""
    dates = TableColumn(engine.Field("d", "string"), ColumnDeclaration("DATETIME", references=("t", "x")))
    change = ColumnChange.parse({"isNonNull": True})
    assert _changed(dates, change).as_field() == {"name": "d", "type": "string", "required": True}
    assert _changed(dates, change).declaration == dates.declaration
    assert _changed(dates, ColumnChange.parse({"sqliteDataType": "INT"})).as_field()["type"] == "number"
    untyped = TableColumn(engine.Field("u", "json"), ColumnDeclaration("", True, is_key_part=True, is_untyped=True))
    assert _changed(untyped, change).declaration == untyped.declaration
    typed = _changed(untyped, ColumnChange.parse({"sqliteDataType": "TEXT"}))
    assert (typed.as_field()["type"], typed.is_untyped, typed.is_key_part) == ("string", False, True)


@pytest.mark.parametrize(
    ("path", "renamed"),
    [
        ("collections.0.name", "name"),
        ("collections.0.fields.1.type", "columns.0.sqliteDataType"),
        ("collections.0.fields.3.enum.0", "columns.2.enum.0"),
        ("collections", "collections"),
    ],
)
def test_paths_of_new_tables(path: str, renamed: str) -> None:
    assert _new_table_path(path) == renamed


@pytest.mark.parametrize(
    ("path", "renamed"), [("required", "isNonNull"), ("collection", "references"), ("x.y", "x.y")]
)
def test_members(path: str, renamed: str) -> None:
    assert _member(path) == renamed
