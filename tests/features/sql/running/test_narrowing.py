"""What statements need of their tables."""

from __future__ import annotations

from typing import Any

import pytest

from features.sql.running.narrowing import narrowings_of
from features.sql.tables import SqlColumn, SqlTable

TABLE = SqlTable(
    "t",
    (
        SqlColumn("id", "_rowid", "INTEGER", is_rowid_alias=True),
        SqlColumn("name", "name", "TEXT"),
        SqlColumn("n", "n", "INTEGER", kind="number"),
    ),
    "_rowid",
)
OTHER = SqlTable("Other", (SqlColumn("name", "name", "TEXT"), SqlColumn("m", "m", "TEXT")), "_rowid")
ID = {"_rowid": {"$eq": 5}}
NAME, M = {"name": {"$eq": "a"}}, {"m": {"$eq": "b"}}
FILTERS: list[tuple[str, dict[str, list[Any] | None]]] = [
    ("SELECT * FROM t WHERE id = 5", {"t": [ID]}),
    ("select name from T where rowid = 5 and NAME = 'a' AND abs(n) = 5", {"t": [ID, NAME]}),
    ("SELECT * FROM t x WHERE x.id = 5 AND t.name = 'a'", {"t": [ID, NAME]}),
    ("DELETE FROM t WHERE id = 5 RETURNING id", {"t": [ID]}),
    ('UPDATE t SET n = n + 1 WHERE "id" = 5', {"t": [ID]}),
    ("SELECT * FROM t WHERE (n = 4 OR n = 5) AND id = 5 GROUP BY n", {"t": [ID]}),
    ("SELECT /* WHERE */ * FROM t -- OR\n WHERE id = 5", {"t": [ID]}),
    ("SELECT * FROM t", {"t": None}),
    ("SELECT * FROM t WHERE n = 5 OR id = 5", {"t": None}),
    ("SELECT * FROM t WHERE NOT id = 5 AND other = 5 AND u.id = 5", {"t": None}),
    ("SELECT * FROM t WHERE", {"t": None}),
    ("SELECT n FROM t JOIN other o ON o.m = n WHERE n = 0 = 0 AND id = 5 AND m = 'b'", {"t": [ID], "Other": [M]}),
    ("SELECT * FROM t LEFT JOIN other ON t.id = 7 WHERE t.name = 'a' AND name = 'c'", {"t": [NAME], "Other": None}),
    ("SELECT * FROM t, other WHERE rowid = 5", {"t": None, "Other": None}),
    ("INSERT INTO other SELECT name, n FROM t WHERE id = 5", {"t": [ID]}),
    ("SELECT * FROM unknown WHERE id = 5", {}),
    ("SELECT * FROM t WHERE id = (SELECT 5)", {}),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "filters"), FILTERS)
def test_simple_conditions_are_filters(statement: str, filters: dict[str, list[Any] | None]) -> None:
    narrowings = narrowings_of(statement, [TABLE, OTHER], lambda table, path: False)
    expected = {name: None if items is None else {"$and": items} for name, items in filters.items()}
    assert {name: narrowing.filter for name, narrowing in narrowings.items()} == expected


def test_indexes_are_asked_only_for_conditions_that_may_match_arrays() -> None:
    asked: list[tuple[str, str]] = []

    def excludes_arrays(table: str, path: str) -> bool:
        asked.append((table, path))
        return True

    for statement in ("SELECT n FROM t WHERE id > 5 AND name = 'a' AND n < 5", "SELECT n FROM t WHERE n > 5"):
        narrowings_of(statement, [TABLE], excludes_arrays)
    assert asked == [("t", "n")]
