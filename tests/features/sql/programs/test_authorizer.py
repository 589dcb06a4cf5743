"""What a statement may do: attempts to reach something else than the tables of its database."""

from __future__ import annotations

import os

import pytest

from tests.features.sql.support import MemoryDatabase

pytestmark = pytest.mark.slow

ONLY = "Only SELECT, INSERT, UPDATE and DELETE on the tables of the database are allowed."
REFUSED = [
    ("ATTACH '/tmp/escape.db' AS x", "ATTACH is not allowed."),
    ("ATTACH ':memory:' AS x", "ATTACH is not allowed."),
    ("DETACH main", "DETACH is not allowed."),
    ("PRAGMA writable_schema = ON", "PRAGMA is not allowed."),
    ("PRAGMA user_version", "PRAGMA is not allowed."),
    ("VACUUM", ONLY),
    ("VACUUM INTO '/tmp/escape.db'", ONLY),
    ("REINDEX", ONLY),
    ("ANALYZE", ONLY),
    ("BEGIN", "A transaction is not allowed."),
    ("SAVEPOINT a", "SAVEPOINT is not allowed."),
    ("INSERT INTO users (name) VALUES (readfile('/etc/passwd'))", "no such function: readfile"),
    ("UPDATE users SET name = load_extension('x')", "The function load_extension is not allowed."),
    ("DELETE FROM sqlite_master", "table sqlite_master may not be modified"),
    ("UPDATE sqlite_master SET sql = ''", "table sqlite_master may not be modified"),
    ("CREATE TABLE x (a)", ONLY),
    ("CREATE TEMP TABLE x (a)", "This statement is not allowed."),
    ("CREATE VIRTUAL TABLE x USING fts5(a)", ONLY),
    (
        "CREATE TRIGGER x AFTER INSERT ON users BEGIN SELECT 1; END",
        "CREATE TRIGGER is not allowed.",
    ),
    ("DROP TABLE users", ONLY),
    ("ALTER TABLE users ADD COLUMN x", "ALTER TABLE is not allowed."),
    ("SELECT load_extension('/tmp/x.so')", "The function load_extension is not allowed."),
    ("SELECT fts3_tokenizer('x')", "The function fts3_tokenizer is not allowed."),
    ("SELECT sqlite_log(1, 'x')", "The function sqlite_log is not allowed."),
    ("SELECT readfile('/etc/passwd')", "no such function: readfile"),
    ("SELECT writefile('/tmp/escape', 'x')", "no such function: writefile"),
    ("SELECT * FROM pragma_table_info('users')", ONLY),
    ("SELECT * FROM pragma_database_list", ONLY),
    ("SELECT * FROM sqlite_stmt", ONLY),
    ("SELECT * FROM dbstat", ONLY),
    ("SELECT zeroblob(2000000000)", "string or blob too big"),
    ("SELECT randomblob(1000000000)", "string or blob too big"),
    ("SELECT count(*) FROM pragma_database_list", ONLY),
    ("SELECT 'x' LIKE '" + "%a" * 600 + "'", "LIKE or GLOB pattern too complex"),
]


@pytest.mark.parametrize(("statement", "error"), REFUSED)
def test_a_statement_reaches_nothing(database: MemoryDatabase, statement: str, error: str) -> None:
    assert database.errors(statement) == [error]
    assert database.source.read == []
    assert not os.path.exists("/tmp/escape.db")
    assert not os.path.exists("/tmp/escape")
