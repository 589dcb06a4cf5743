"""Scripts of CREATE TABLE statements."""

from __future__ import annotations

import pytest

import engine
from dialects.airsequel.platform.columns import ColumnDraft, TableDraft
from dialects.airsequel.platform.sql_script import MAX_SCRIPT_LENGTH, MAX_STATEMENTS, read_script

ONLY = "Only CREATE TABLE statements with plain columns can be run here."


@pytest.mark.parametrize(
    ("script", "tables"),
    [
        ("", []),
        (" ;; -- nothing\n", []),
        (
            "CREATE TABLE users (name TEXT, email TEXT)",
            [TableDraft("users", (ColumnDraft("name"), ColumnDraft("email")))],
        ),
        ("create table if not exists [check] (a)", [TableDraft("check", (ColumnDraft("a"),))]),
        (
            "create table a (id integer primary key autoincrement, n int not null default 3, s text unique "
            "default 'x''y; z', r real default -1.5, b boolean default true, z text default null);"
            "create table b (k text primary key);",
            [
                TableDraft(
                    "a",
                    (
                        ColumnDraft("id", "INTEGER", is_primary_key=True),
                        ColumnDraft("n", "INT", is_required=True, default=(3,)),
                        ColumnDraft("s", is_unique=True, default=("x'y; z",)),
                        ColumnDraft("r", "REAL", default=(-1.5,)),
                        ColumnDraft("b", "boolean", default=(True,)),
                        ColumnDraft("z"),
                    ),
                ),
                TableDraft("b", (ColumnDraft("k", is_primary_key=True),)),
            ],
        ),
        (
            'create table a(x int check ("x" in (1, 2, null)), y references A, z references b(_id), unique (x, y));'
            "create table b(p integer, q, primary key (p, q))",
            [
                TableDraft(
                    "a",
                    (
                        ColumnDraft("x", "INT", choices=(1, 2)),
                        ColumnDraft("y", target=("a", "")),
                        ColumnDraft("z", reference="b"),
                    ),
                    (("x", "y"),),
                ),
                TableDraft(
                    "b",
                    (
                        ColumnDraft("p", "INTEGER", is_primary_key=True, is_key_part=True),
                        ColumnDraft("q", is_primary_key=True, is_key_part=True),
                    ),
                ),
            ],
        ),
    ],
)
def test_tables_of_a_script(script: str, tables: list[TableDraft]) -> None:
    assert read_script(script) == tables


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("drop table x", "no such table: x"),
        ("create table a(x", 'near ";": syntax error'),
        ("create table a(x, x)", "duplicate column name: x"),
        ("create table a(x);create table a(x)", "table a already exists"),
        ("select 1", ONLY),
        ("pragma user_version=3", ONLY),
        ("attach 'x' as y", ONLY),
        ("vacuum into 'x'", ONLY),
        ("begin; create table a(x); commit", ONLY),
        ("create view v as select 1", ONLY),
        ("create temp table a(x)", ONLY),
        ("create table a as select 1", ONLY),
        ("create virtual table a using fts5(x)", ONLY),
        ("create table a(x); create index i on a(x)", ONLY),
        ("create table a(x); insert into a values (1)", ONLY),
        ("create table a(x); alter table a add y", ONLY),
        ("create table a(x text check (x > 1))", "CHECK (x > 1) of a is no list of values, as in a IN (1, 2)."),
        (
            "create table a(x references b(y))",
            "The column x of a refers to a table that the script does not create.",
        ),
        (
            "create table a(x, y, foreign key (x, y) references a)",
            "A foreign key of several columns of a is not supported.",
        ),
        ("create table a(x text collate nocase)", f"COLLATE is not supported yet. {ONLY}"),
        ("create table a(x default (1 + 2))", "The default of x is not a literal; this is not supported yet."),
        (
            "create table a(x default 1e-400)",
            "The default of x: The number 1e-400 is too small: it would be stored as 0.",
        ),
        ("create table a(x, 'unclosed", "The last statement is incomplete."),
        ("create table a(x\0)", "Must not contain NUL."),
        ("x" * (MAX_SCRIPT_LENGTH + 1), f"A script has at most {MAX_SCRIPT_LENGTH} characters."),
        (";" * (MAX_STATEMENTS + 1), f"A script has at most {MAX_STATEMENTS} semicolons."),
    ],
)
def test_refused_scripts(script: str, message: str) -> None:
    with pytest.raises(engine.Invalid) as raised:
        read_script(script)
    assert [(error.field, error.message) for error in raised.value.errors] == [("query", message)]
