"""Which statements are simple, and their parts."""

from __future__ import annotations

import pytest

from features.sql.running.shapes import shape_of
from features.sql.running.tokens import Tokens

SIMPLE = [
    ("SELECT a FROM t", {"t": "t"}, [], ""),
    ("SELECT a FROM T AS x WHERE n = 5 LIMIT 1", {"x": "t", "t": "t"}, ["n = 5"], "LIMIT 1"),
    ("DELETE FROM t x WHERE a AND b RETURNING a", {"x": "t", "t": "t"}, ["a", "b"], "RETURNING a"),
    ("UPDATE t SET n = 1 WHERE n BETWEEN 1 AND 2 AND m = 3", {"t": "t"}, ["n BETWEEN 1 AND 2", "m = 3"], ""),
    (
        'SELECT 1 FROM a LEFT OUTER JOIN b AS c ON c.x = a.x INNER JOIN "d e" WHERE ( n = 1 AND m )',
        {"a": "a", "c": "b", "d e": "d e"},
        ["( n = 1 AND m )"],
        "",
    ),
    (
        "SELECT 1 FROM a , b y WHERE a = 1 OR b = 2 AND c = 3",
        {"a": "a", "y": "b"},
        ["a = 1 OR b = 2 AND c = 3"],
        "",
    ),
    ("INSERT INTO u SELECT a FROM t WHERE n = 5", {"t": "t"}, ["n = 5"], ""),
    (
        "SELECT 1 FROM t WHERE a BETWEEN b BETWEEN 1 AND 2 AND 3",
        {"t": "t"},
        ["a BETWEEN b BETWEEN 1 AND 2 AND 3"],
        "",
    ),
    ("SELECT 1 FROM t WHERE a = 1 GROUP BY b ORDER BY c", {"t": "t"}, ["a = 1"], "GROUP BY b ORDER BY c"),
]
OTHERS = [
    "",
    "WHERE",
    "SELECT 1",
    "SELECT 1 FROM t WHERE n = 5 /* AND id = 1",
    "SELECT [a FROM t WHERE b] FROM t",
    "SELECT (SELECT 1) FROM t",
    "SELECT a FROM t UNION SELECT a FROM u",
    "WITH x AS (VALUES (1)) SELECT * FROM t",
    "SELECT count(*) FILTER (WHERE id = 5) FROM t WHERE n = 5",
    "SELECT a IS DISTINCT FROM b FROM t",
    "SELECT 1 FROM t NATURAL JOIN u",
    "SELECT 1 FROM t JOIN u USING (a)",
    "SELECT 1 FROM t JOIN t AS u",
    "SELECT 1 FROM t AS x JOIN u AS x",
    "SELECT 1 FROM t, json_each(t.a)",
    "SELECT 1 FROM main.t",
    "SELECT 1 FROM t INDEXED BY i",
    "SELECT 1 FROM t NOT INDEXED",
    "UPDATE OR REPLACE t SET n = 1 WHERE id = 5",
    "UPDATE OR REPLACE or SET n = 1 WHERE id = 5",
    "UPDATE t SET n = 1 FROM t AS o WHERE id = 5",
    "INSERT INTO t (id) VALUES (1) ON CONFLICT DO UPDATE SET n = 1 WHERE id = 5",
    "INSERT INTO t SELECT a FROM u ORDER BY a ON CONFLICT DO UPDATE SET n = 1 WHERE id = 5",
]  # fmt: skip


def text_of(tokens: Tokens) -> str:
    return " ".join(token.text for token in tokens)


@pytest.mark.parametrize(("statement", "tables", "conditions", "ending"), SIMPLE)
def test_simple_statements_have_parts(
    statement: str, tables: dict[str, str], conditions: list[str], ending: str
) -> None:
    shape = shape_of(statement)
    assert shape is not None
    assert (shape.tables, [*map(text_of, shape.conditions)], text_of(shape.ending)) == (tables, conditions, ending)


@pytest.mark.parametrize("statement", OTHERS)
def test_others_have_none(statement: str) -> None:
    assert shape_of(statement) is None
