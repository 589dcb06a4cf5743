"""Tables of statements: their definitions, which of them a statement names, and the rows of documents."""

from __future__ import annotations

import pytest

from features.sql.tables import LoadPlan, named_tables, quoted
from tests.features.sql.support import table

USERS = table("users", ("id", "key"), ("name", "TEXT"), ("Name", "TEXT"))
TABLES = [USERS, table("Users", ("a", "TEXT")), table("empty"), table("sqlite_x", ("a", "TEXT"))]


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("SELECT 1", []),
        ("SELECT * FROM USERS", ["users"]),
        ("SELECT name FROM sqlite_schema", ["users", "empty"]),
        ("SELECT * FROM sqlite_x", []),
    ],
)
def test_a_statement_names_tables(statement: str, names: list[str]) -> None:
    assert [item.name for item in named_tables(statement, TABLES)] == names


def test_definitions_have_each_name_once() -> None:
    (users, empty) = named_tables("SELECT _id FROM users, empty", TABLES)
    assert users.definition == 'CREATE TABLE "users" ("id" INTEGER PRIMARY KEY, "name" "TEXT", "_id" "TEXT")'
    assert empty.definition == 'CREATE TABLE "empty" ("_id" "TEXT")'
    (users,) = named_tables("SELECT user_id FROM users", TABLES)
    assert [*users.by_name] == ["id", "name"]


def test_documents_become_rows() -> None:
    plan = LoadPlan.of(USERS, ["name", "ROWID"])
    assert plan.paths == ["_rowid", "name"]
    assert plan.insert == 'INSERT INTO "users" ("id", "name") VALUES (?, ?)'
    assert plan.rows([{"_rowid": 7, "name": True}, {"_rowid": 8}]) == [(7, 1), (8, None)]


def test_rows_may_only_be_counted() -> None:
    assert LoadPlan.of(USERS, [""]).only_counts
    assert not LoadPlan.of(USERS, ["", "ROWID"]).only_counts
    assert not LoadPlan.of(USERS, ["", "id"]).only_counts
    assert LoadPlan.of(USERS, [""]).insert_empty == (
        'INSERT INTO "users" ("id") WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) '
        "SELECT NULL FROM n"
    )


def test_columns_may_hide_the_rowid() -> None:
    hidden = table("t", ("rowid", "TEXT"), ("OID", "TEXT"), ("_rowid_", "TEXT"))
    plan = LoadPlan.of(hidden, [])
    assert plan.insert == 'INSERT INTO "t" ("rowid") VALUES (?)'
    assert plan.rows([{"_rowid": 7}]) == [(None,)]


def test_names_are_quoted() -> None:
    assert quoted('a"b') == '"a""b"'
