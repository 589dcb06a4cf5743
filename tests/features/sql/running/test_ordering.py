"""Which statements need the first rows of their table alone."""

from __future__ import annotations

import pytest

from features.sql.running.narrowing import narrowings_of
from features.sql.tables import SqlColumn, SqlTable
from tests.features.sql.support import table

USERS = SqlTable(
    "users",
    (
        SqlColumn("a", "a", "TEXT"),
        SqlColumn("n", "n", "INTEGER", kind="number"),
        SqlColumn("j", "j", "", kind="json"),
    ),
    "_rowid",
)
FIRST = [
    ("SELECT * FROM users LIMIT 100", "rowid", 1, True, 100),
    (' select a, "N" as b\nfrom "users" limit 10 offset 20 ; ', "rowid", 1, True, 30),
    ("SELECT upper(a) || 'x' AS b FROM users LIMIT 5, 10", "rowid", 1, True, 15),
    ("SELECT a -- FROM users LIMIT 5\nFROM users LIMIT 0", "rowid", 1, True, 0),
    ("SELECT * FROM users WHERE n = 5 AND a = 'b' LIMIT 3", "rowid", 1, True, 3),
    ("SELECT * FROM users ORDER BY rowid DESC LIMIT 3", "rowid", -1, True, 3),
    ("SELECT * FROM users u ORDER BY u.n ASC LIMIT 3", "n", 1, True, 3),
    ("SELECT n + (n) AS b FROM users WHERE n > 1 ORDER BY N DESC LIMIT 3", "n", -1, True, 3),
    ("SELECT * FROM users ORDER BY a, abs(n) LIMIT 3", "a", 1, False, 3),
]
ALL = [
    "SELECT * FROM users",
    "SELECT * FROM users ORDER BY n",
    "SELECT * FROM users LIMIT -1",
    "SELECT * FROM users LIMIT 5 + 5",
    "SELECT * FROM users LIMIT 9999999999",
    "SELECT * FROM users LIMIT ٣",
    "SELECT * FROM users LIMIT",
    "SELECT * FROM users ORDER BY LIMIT 5",
    "SELECT * FROM users WHERE a LIMIT 5",
    "SELECT * FROM users WHERE n = 5 AND a LIMIT 5",
    "SELECT * FROM users WHERE n = 5 OR n = 6 LIMIT 5",
    "SELECT * FROM users, other LIMIT 5",
    "SELECT max(a) FROM users LIMIT 5",
    'SELECT "max"(a) FROM users LIMIT 5',
    "SELECT unknown(a) FROM users LIMIT 5",
    "SELECT a FROM users ORDER BY n, count(*) LIMIT 5",
    "SELECT row_number() OVER () FROM users LIMIT 5",
    "SELECT DISTINCT a FROM users LIMIT 5",
    'SELECT DISTINCT"a" FROM users LIMIT 5',
    "SELECT a FROM users GROUP BY a LIMIT 5",
    "SELECT a FROM users UNION SELECT b FROM t LIMIT 5",
    "WITH t AS (SELECT 1) SELECT * FROM t LIMIT 5",
    "SELECT * FROM users ORDER BY 1 LIMIT 5",
    "SELECT * FROM users ORDER BY j LIMIT 5",
    "SELECT * FROM users ORDER BY -n LIMIT 5",
    "SELECT * FROM users ORDER BY n + 1 LIMIT 5",
    "SELECT * FROM users ORDER BY n NULLS LAST LIMIT 5",
    "SELECT * FROM users ORDER BY a COLLATE NOCASE LIMIT 5",
    "SELECT a AS n FROM users ORDER BY n LIMIT 5",
    "SELECT a n FROM users ORDER BY n LIMIT 5",
    "SELECT (a) n FROM users ORDER BY n LIMIT 5",
    "SELECT a 'n' FROM users ORDER BY n LIMIT 5",
    "DELETE FROM users LIMIT 5",
    "SELECT " + " " * 90_000 + "a",
]  # fmt: skip


@pytest.mark.parametrize(("statement", "column", "way", "is_whole", "count"), FIRST)
def test_the_first_rows_suffice(statement: str, column: str, way: int, is_whole: bool, count: int) -> None:
    first = narrowings_of(statement, [USERS], lambda table, path: True)["users"].first
    assert first is not None
    assert (first.column.name, first.way, first.is_whole, first.count) == (column, way, is_whole, count)
    assert not first.has_arrays


@pytest.mark.parametrize("statement", ALL)
def test_all_rows_are_needed(statement: str) -> None:
    narrowings = narrowings_of(statement, [USERS, table("other", ("b", "TEXT"))], lambda table, path: True)
    assert not any(narrowing.first for narrowing in narrowings.values())


def test_a_table_without_a_name_of_its_rowid_has_no_order() -> None:
    hidden = table("t", ("rowid", "TEXT"), ("OID", "TEXT"), ("_rowid_", "TEXT"))
    assert narrowings_of("SELECT 1 FROM t LIMIT 5", [hidden], lambda table, path: True)["t"].first is None
