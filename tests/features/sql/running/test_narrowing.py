"""Conditions of statements as filters of MongoDB."""

from __future__ import annotations

from typing import Any

from features.sql.running.narrowing import filter_of
from features.sql.tables import SqlColumn, SqlTable

TABLE = SqlTable(
    "t",
    (
        SqlColumn("id", "_rowid", "INTEGER", is_rowid_alias=True),
        SqlColumn("name", "name", "TEXT"),
        SqlColumn("n", "n", "INTEGER", kind="number"),
        SqlColumn("born", "born", "TEXT", kind="date"),
    ),
    "_rowid",
)
CONVERTED = {"n": {"$type": ["string", "bool"]}}
FIVE = {"$or": [{"n": {"$eq": 5}}, CONVERTED]}
NAMED = {"name": {"$in": ["a", "b"]}}
FILTERS: list[tuple[str, list[Any] | None]] = [
    ("SELECT * FROM t WHERE id = 5", [{"_rowid": {"$eq": 5}}]),
    ("SELECT * FROM t WHERE rowid >= -5;", [{"_rowid": {"$gte": -5}}]),
    ("DELETE FROM t WHERE oid IN (1, 2) RETURNING id", [{"_rowid": {"$in": [1, 2]}}]),
    ("select name from T where N == 5 and NAME = 'it''s'", [FIVE, {"name": {"$eq": "it's"}}]),
    ('UPDATE t SET n = n + 1 WHERE "n" = 5 AND abs(n) = 5', [FIVE]),
    ("SELECT * FROM t AS x WHERE x.n = 5 AND t.name IN ('a', 'b') ORDER BY n", [FIVE, NAMED]),
    ("SELECT * FROM t x WHERE (n = 4 OR n = 5) AND n = 5 LIMIT 3", [FIVE]),
    ("SELECT * FROM t WHERE n < 5", [{"$or": [{"n": {"$lt": 5}}, CONVERTED]}]),
    ("SELECT /* WHERE */ * FROM t -- OR\n WHERE n = 5", [FIVE]),
    ("SELECT * FROM t", None),
    ("SELECT * FROM t WHERE n = 5 OR id = 5", None),
    ("SELECT * FROM t WHERE n BETWEEN 5 AND id = 5", None),
    ("SELECT * FROM t WHERE NOT id = 5", None),
    ("SELECT * FROM t WHERE id = 5 = 0", None),
    ("SELECT * FROM t WHERE id = 5.5 AND id = 5e1 AND id = x'05' AND id = - 'a'", None),
    ("SELECT * FROM t WHERE id NOT IN (5) AND id <> 5 AND id IS 5", None),
    ("SELECT * FROM t WHERE id = 9007199254740993", None),
    ("SELECT * FROM t WHERE name = 'a' COLLATE NOCASE AND name > 'a' AND name = name", None),
    ("SELECT * FROM t WHERE name = '5' AND name = 'true' AND name = '2020-01-01' AND name = ''", None),
    ("SELECT * FROM t WHERE name = 'abcdefabcdefabcdefabcdef' AND name = '{' AND born = 'x'", None),
    ("SELECT * FROM t WHERE name = \"n\" AND n = '5' AND name = 5 AND other = 5", None),
    ("SELECT * FROM t WHERE [a AND id = 5 AND b] = 1", None),
    ("SELECT * FROM t, t AS x WHERE t.id = 5", None),
    ("SELECT * FROM t JOIN t x WHERE id = 5", None),
    ("SELECT (SELECT 1) FROM t WHERE id = 5", None),
    ("SELECT * FROM t WHERE id = (SELECT 5)", None),
    ("SELECT count(*) FILTER (WHERE id = 5) FROM t WHERE n = 5", None),
    ("SELECT * FROM other WHERE id = 5", None),
    ("UPDATE OR REPLACE t SET n = 1 WHERE id = 5", None),
    ("UPDATE t SET n = 1 FROM t AS o WHERE id = 5", None),
    ("INSERT INTO t (id) VALUES (1) ON CONFLICT DO UPDATE SET n = 1 WHERE id = 5", None),
    ("WITH x AS (VALUES (1)) SELECT * FROM t WHERE id = 5", None),
    ("SELECT * FROM t WHERE", None),
    ("WHERE", None),
]  # fmt: skip


def test_only_simple_conditions_are_filters() -> None:
    for statement, filters in FILTERS:
        expected = None if filters is None else {"$and": filters}
        assert filter_of(statement, TABLE) == expected, statement
