"""Statements about the schema: the changes that they make, and what they may not do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import engine
from features.sql.definitions import (
    ColumnDescription,
    DefinitionChange,
    SqlIndex,
    SqlSchema,
    is_definition,
    schema_changes,
)
from features.sql.process import SqlProcess
from tests.features.sql.support import table

pytestmark = pytest.mark.slow

ONLY = "Only tables, their columns, indexes and views can be created, changed and dropped."
NO_QUERY = "CREATE TABLE with a query is not supported: create the table, then INSERT with SELECT."
TITLES = SqlIndex("teams_title", "teams", ("title",), True)
INDEX = SqlIndex("by_name", "users", ("name",))
SCHEMA = SqlSchema(
    [table("users", ("id", "key"), ("name", "TEXT"), ("age", "REAL")), table("teams", ("title", "TEXT"))],
    {"adults": "CREATE VIEW adults AS SELECT name FROM users WHERE age > 17"},
    [INDEX, SqlIndex("of_a_hidden_field", "users", ("hidden",))],
)
CHANGES: list[tuple[str, list[DefinitionChange]]] = [
    ("CREATE TABLE songs (title TEXT)", [DefinitionChange("create table", "songs")]),
    ("CREATE TABLE IF NOT EXISTS users (a)", []),
    ("DROP TABLE teams", [DefinitionChange("drop table", "teams")]),
    ("DROP TABLE IF EXISTS nowhere", []),
    ("ALTER TABLE teams RENAME TO clubs", [DefinitionChange("rename table", "teams", to="clubs")]),
    (
        "ALTER TABLE users ADD COLUMN mail TEXT NOT NULL DEFAULT 'x'",
        [
            DefinitionChange(
                "add column", "mail", table="users", column=ColumnDescription("mail", "TEXT", True, "'x'")
            )
        ],
    ),
    (
        "ALTER TABLE users RENAME age TO years",
        [
            DefinitionChange("rename column", "age", table="users", to="years"),
            DefinitionChange(
                "create view", "adults", text="CREATE VIEW adults AS SELECT name FROM users WHERE years > 17"
            ),
        ],
    ),
    ("ALTER TABLE teams DROP COLUMN title", []),
    (
        "CREATE UNIQUE INDEX teams_title ON teams (title)",
        [DefinitionChange("create index", "teams_title", table="teams", index=TITLES)],
    ),
    ("DROP INDEX by_name", [DefinitionChange("drop index", "by_name", table="users")]),
    ("CREATE VIEW v AS SELECT 1", [DefinitionChange("create view", "v", text="CREATE VIEW v AS SELECT 1")]),
    ("-- a note\nDROP VIEW adults", [DefinitionChange("drop view", "adults")]),
    (
        "ALTER TABLE users RENAME TO people",
        [
            DefinitionChange("rename table", "users", to="people"),
            DefinitionChange(
                "create view", "adults", text='CREATE VIEW adults AS SELECT name FROM "people" WHERE age > 17'
            ),
        ],
    ),
]  # fmt: skip
ERRORS = [
    ("ALTER TABLE teams DROP COLUMN title", 'cannot drop column "title": no other columns exist'),
    ("CREATE TABLE users (a)", "table users already exists"),
    ("CREATE TABLE x AS SELECT * FROM users", NO_QUERY),
    ("CREATE TEMP TABLE x (a)", ONLY),
    ("CREATE TRIGGER x AFTER INSERT ON users BEGIN SELECT 1; END", ONLY),
    ("CREATE VIRTUAL TABLE x USING fts5(a)", ONLY),
    ("CREATE INDEX x ON users (upper(name))", "An index of an expression is not supported."),
    ("DROP TABLE sqlite_master", "table sqlite_master may not be dropped"),
    ("DROP INDEX nowhere", "no such index: nowhere"),
    ("CREATE TABLE a (x); DROP TABLE users", "You can only execute one statement at a time."),
]  # fmt: skip


def test_changes_are_those_of_sqlite() -> None:
    for statement, changes in CHANGES:
        assert is_definition(statement)
        found, errors = schema_changes(statement, SCHEMA, tenant="anna")
        expected = [] if errors else changes
        assert found == expected, statement
        assert errors == [] or (statement, errors[0]) == ERRORS[0]


def test_errors_are_those_of_sqlite() -> None:
    for statement, error in ERRORS:
        assert schema_changes(statement, SCHEMA, tenant="anna") == ([], [error]), statement


def test_statements_about_rows_are_others() -> None:
    for statement in (
        "SELECT 'CREATE TABLE'",
        "INSERT INTO create_table VALUES (1)",
        "-- DROP\nSELECT 1",
        "CREATED",
    ):
        assert not is_definition(statement)


def test_bounds(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SQL_MAX_LENGTH = 10
    with pytest.raises(engine.Invalid, match="at most 10 characters"):
        schema_changes("CREATE TABLE x (a)", SCHEMA, tenant="anna")
    settings.SQL_MAX_LENGTH = 100
    for message in ({}, {"before": 1, "after": 2}, {"before": {"tables": []}, "after": {}, "codes": []}):
        monkeypatch.setattr(SqlProcess, "receive", lambda self, message=message: message)
        changes, errors = schema_changes("DROP TABLE x", replace(SCHEMA, tables=[]), tenant="anna")
        assert (changes, len(errors)) == ([], 1)
