"""SELECT statements: their rows, what they read, their errors and their bounds."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId

import engine
import features.sql.services
from features.sql.slots import Slots
from tests.features.sql.support import ENDLESS, MemoryDatabase, memory_database

pytestmark = pytest.mark.slow

ROWS: list[tuple[str, list[dict[str, Any]]]] = [
    ("SELECT 1", [{"1": 1}]),
    ("VALUES (1, 'a'), (2, NULL)", [{"column1": 1, "column2": "a"}, {"column1": 2, "column2": None}]),
    ("SELECT age, name FROM users WHERE age > 30;", [{"age": 36, "name": "Ada"}]),
    ("SELECT * FROM USERS WHERE rowid = 2 -- the second", [{"name": "Bob", "age": 20, "team": "b"}]),
    ("SELECT rowid FROM users ORDER BY rowid DESC LIMIT 1", [{"rowid": 3}]),
    ("SELECT count(*) AS number FROM users", [{"number": 3}]),
    (
        "SELECT team, sum(age) AS ages FROM users GROUP BY team",
        [{"team": "a", "ages": 36}, {"team": "b", "ages": 20}],
    ),
    ("SELECT id, title FROM teams WHERE rowid = 1", [{"id": 1, "title": "First"}]),
    ("SELECT count(*) AS number FROM teams", [{"number": 2}]),
    ("SELECT u.name FROM users u JOIN teams t ON u.rowid = t.id WHERE t.title = 'Second'", [{"name": "Bob"}]),
    ("SELECT _id FROM users LIMIT 1", [{"_id": "0" * 23 + "1"}]),
    ("SELECT 1 AS a, 2 AS a, 3 AS b", [{"a": 1, "a:1": 2, "b": 3}]),
    ("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3) SELECT sum(x) s FROM n", [{"s": 6}]),
    ("SELECT value FROM json_each('[1, 2]')", [{"value": 1}, {"value": 2}]),
    ("SELECT x'00ff' AS b, 9e999 AS i, 5 / 2 AS d", [{"b": {"type": "blob"}, "i": None, "d": 2}]),
    ("SELECT name FROM sqlite_master ORDER BY name", [{"name": "teams"}, {"name": "users"}]),
    ("SELECT max(age) OVER () AS m FROM users LIMIT 1", [{"m": 36}]),
    ("SELECT date('2020-01-31', '+1 day') AS d", [{"d": "2020-02-01"}]),
    ("SELECT cast(x'ff41' AS TEXT) AS t", [{"t": "\ufffdA"}]),
]


@pytest.mark.parametrize(("statement", "rows"), ROWS)
def test_rows_are_those_of_sqlite(database: MemoryDatabase, statement: str, rows: list[dict[str, Any]]) -> None:
    answer = database.rows(statement)
    assert answer == rows
    assert [[*row] for row in answer] == [[*row] for row in rows]


READS: list[tuple[str, list[tuple[str, list[str]]]]] = [
    ("SELECT 1", []),
    ("SELECT 'users'", []),
    ("SELECT name FROM users WHERE age > 1", [("users", ["_rowid", "name", "age"])]),
    ("SELECT count(*) FROM users", []),
    ("SELECT count(*) FROM users u, teams t WHERE t.rowid = 1", [("teams", ["_rowid"])]),
    ("SELECT count(rowid) FROM users", [("users", ["_rowid"])]),
    ("SELECT title FROM teams", [("teams", ["_rowid", "title"])]),
    ("SELECT id FROM teams", [("teams", ["_rowid"])]),
    ("SELECT * FROM (SELECT name FROM users)", [("users", ["_rowid", "name"])]),
]


@pytest.mark.parametrize(("statement", "reads"), READS)
def test_only_the_columns_of_the_plan_are_read(
    database: MemoryDatabase, statement: str, reads: list[tuple[str, list[str]]]
) -> None:
    database.rows(statement)
    assert database.source.read == reads


ERRORS = [
    ("", "incomplete input"),
    ("SELECT", "incomplete input"),
    ("SELEC 1", 'near "SELEC": syntax error'),
    ("SELECT missing FROM users", "no such column: missing"),
    ("SELECT * FROM secrets", "no such table: secrets"),
    ("SELECT 1; SELECT 2", "You can only execute one statement at a time."),
    ("SELECT 1\0", "the query contains a null character"),
    ("SELECT missing()", "no such function: missing"),
    ("SELECT abs(-9223372036854775808)", "integer overflow"),
    ("SELECT json('{')", "malformed JSON"),
    ("EXPLAIN SELECT 1", 'near "EXPLAIN": syntax error'),
]


@pytest.mark.parametrize(("statement", "error"), ERRORS)
def test_errors_are_those_of_sqlite(database: MemoryDatabase, statement: str, error: str) -> None:
    assert database.errors(statement) == [error]
    assert database.source.read == []


def test_results_are_capped(database: MemoryDatabase, settings: Any) -> None:
    settings.SQL_MAX_ROWS = 5
    answer = database.run(ENDLESS + "SELECT x FROM n")
    assert answer.rows == [{"x": number} for number in range(1, 6)]
    assert answer.errors == ["The result has more than 5 rows (SQL_MAX_ROWS); those after them are missing."]
    settings.SQL_MAX_ROWS = 10_000
    settings.SQL_MAX_RESULT_BYTES = 100_000
    answer = database.run(ENDLESS + "SELECT hex(zeroblob(9000)) AS h FROM n")
    assert len(answer.rows) == 5
    assert answer.errors == ["The result has more than 100000 bytes; it is not complete."]
    assert len(database.run(ENDLESS + "SELECT zeroblob(1000000) AS z FROM n LIMIT 100").rows) == 100


def test_what_is_read_is_capped(database: MemoryDatabase, settings: Any) -> None:
    settings.SQL_MAX_DOCUMENTS = 2
    assert database.rows("SELECT count(*) AS n FROM users, teams") == [{"n": 6}]
    settings.SQL_MAX_DOCUMENTS = 4
    assert len(database.rows("SELECT * FROM users")) == 3
    text = "The statement reads tables with more than 4 rows (SQL_MAX_DOCUMENTS)."
    assert database.errors("SELECT * FROM users, teams") == [text]
    settings.SQL_MAX_DOCUMENTS = 100
    settings.SQL_MAX_COUNTED = 4
    counted = database.errors("SELECT count(*) FROM users, teams")
    assert counted == ["The statement reads tables with more than 4 rows (SQL_MAX_COUNTED)."]
    settings.SQL_MAX_READ_BYTES = 100
    assert database.errors("SELECT * FROM users") == [
        "The statement reads more than 100 bytes (SQL_MAX_READ_BYTES)."
    ]
    settings.SQL_MAX_LENGTH = 10
    with pytest.raises(engine.Invalid, match="at most 10 characters"):
        database.run("SELECT 1 + 1")


def test_the_first_rows_of_a_large_table_are_read(settings: Any) -> None:
    database = memory_database(t=([("a", "INTEGER")], [{"a": number} for number in range(250)]))
    settings.SQL_MAX_DOCUMENTS = 120
    assert database.rows("SELECT a FROM t LIMIT 2 OFFSET 101") == [{"a": 101}, {"a": 102}]
    assert database.rows("SELECT 1 AS one FROM t LIMIT 2") == [{"one": 1}] * 2
    assert database.rows("SELECT a FROM t LIMIT 0") == []
    text = "The statement reads tables with more than 120 rows (SQL_MAX_DOCUMENTS)."
    for statement in (
        "SELECT a FROM t LIMIT 121",
        "SELECT a FROM t WHERE a = 1 LIMIT 1",
        "SELECT DISTINCT a FROM t",
    ):
        assert database.errors(statement) == [text]


def test_rows_that_are_inserted_while_tables_are_read_count(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    database = memory_database(t=([("a", "INTEGER")], [{"a": number} for number in range(250)]))
    settings.SQL_MAX_DOCUMENTS = 120
    monkeypatch.setattr(database.source, "count", lambda table: 1)
    text = "The statement reads tables with more than 120 rows (SQL_MAX_DOCUMENTS)."
    assert database.errors("SELECT a FROM t") == [text]


def test_values_are_those_of_their_columns() -> None:
    values = {
        "text": 5,
        "number": Int64(2**62),
        "real": Decimal128("1.5"),
        "flag": True,
        "time": datetime(2020, 1, 2, 3, 4, 5, 6000),
        "id": ObjectId("5" * 24),
        "nested": {"a": [1, None]},
        "nothing": math.nan,
        "file": "5" * 24,
        "bytes": b"\x00",
    }
    types = {"text": "TEXT", "number": "INT", "real": "REAL", "flag": "BOOLEAN", "file": "BLOB", "bytes": "BLOB"}
    database = memory_database(t=([(name, types.get(name, "TEXT_X")) for name in values], [values]))
    assert database.rows("SELECT * FROM t") == [
        {
            "text": "5",
            "number": 2**62,
            "real": 1.5,
            "flag": 1,
            "time": "2020-01-02T03:04:05.006Z",
            "id": "5" * 24,
            "nested": '{"a":[1,null]}',
            "nothing": None,
            "file": {"type": "blob"},
            "bytes": {"type": "blob"},
        }
    ]


def test_hostile_names_are_names() -> None:
    columns = [('a") ; DROP', "TEXT"), ("select", 'X" PRIMARY KEY, "y'), ("rowid", "TEXT"), ("ROWID", "TEXT")]
    database = memory_database(order=(columns, [{'a") ; DROP': "b", "select": 1, "rowid": "own", "ROWID": "no"}]))
    assert database.rows('SELECT * FROM "order"') == [{'a") ; DROP': "b", "select": 1, "rowid": "own"}]
    assert database.rows('SELECT _rowid_ AS n FROM "order"') == [{"n": 1}]


def test_a_slow_statement_makes_only_its_own_tenant_wait(
    database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = Slots(total=2, max_wait=0.05)
    monkeypatch.setattr(features.sql.services, "shared_slots", lambda: slots)
    with slots.of("slow"):
        assert database.run("SELECT 1", tenant="quick").rows == [{"1": 1}]
        with pytest.raises(engine.LimitExceeded):
            database.run("SELECT 1", tenant="slow")
    assert database.run("SELECT 1", tenant="slow").rows == [{"1": 1}]


def test_views_are_read_like_tables(database: MemoryDatabase) -> None:
    database.views = {
        "adults": "CREATE VIEW adults AS SELECT name, age FROM users WHERE age > 30",
        "names": "CREATE VIEW names (n) AS SELECT upper(name) FROM adults",
        "users": "CREATE VIEW users AS SELECT 1",
        "broken": "CREATE VIEW broken AS SELECT * FROM nowhere",
        "secret": "CREATE VIEW secret AS SELECT load_extension('x') AS x",
    }
    assert database.rows("SELECT n FROM names LIMIT 1") == [{"n": "ADA"}]
    assert database.rows("SELECT count(*) AS c FROM adults JOIN users USING (name)") == [{"c": 1}]
    assert database.errors("SELECT * FROM broken") == ["no such table: main.nowhere"]
    assert database.errors("SELECT * FROM secret") == ["unsafe use of load_extension()"]
    assert database.errors("DELETE FROM adults") == ["cannot modify adults because it is a view"]
    assert {row["name"] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'view'")} == {
        *("adults", "names", "broken", "secret")
    }
