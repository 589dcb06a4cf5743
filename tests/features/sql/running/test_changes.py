"""INSERT, UPDATE and DELETE: what they change, what they return, and what they read for it."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from tests.features.sql.support import ADA, BOB, ENDLESS, MemoryDatabase

pytestmark = pytest.mark.slow


def state(database: MemoryDatabase, table: str = "people") -> list[dict[str, Any]]:
    """Return the documents without their ids, and without what is null."""
    return [
        {name: value for name, value in item.items() if name != "_id" and value is not None}
        for item in database.source.documents[table]
    ]


STORED = [{"_rowid": 1, **ADA}, {"_rowid": 2, **BOB}]
CARL = {"_rowid": 3, "email": "carl", "age": 18}
# A statement, the number of changes, the rows that it returns, and the people afterwards.
WRITES: list[tuple[str, int, list[dict[str, Any]], list[dict[str, Any]]]] = [
    ("INSERT INTO people (email) VALUES ('carl')", 1, [], [*STORED, CARL]),
    (
        "INSERT INTO people (email, age) VALUES ('carl', NULL), ('dora', 5 + 5) RETURNING id, email, age",
        2,
        [{"id": 3, "email": "carl", "age": None}, {"id": 4, "email": "dora", "age": 10}],
        [*STORED, {"_rowid": 3, "email": "carl"}, {"_rowid": 4, "email": "dora", "age": 10}],
    ),
    ("INSERT INTO people (id, email) VALUES (9, 'carl')", 1, [], [*STORED, {**CARL, "_rowid": 9}]),
    (
        "INSERT INTO people (email, active, data, raw) VALUES ('carl', 0, json('[1, {}]'), x'00ff')",
        1,
        [],
        [*STORED, {**CARL, "active": False, "data": [1, {}], "raw": "AP8="}],
    ),
    ("INSERT OR IGNORE INTO people (email) VALUES ('bob'), ('carl')", 1, [], [*STORED, CARL]),
    (
        "INSERT INTO people (email, age) VALUES ('bob', 7) "
        "ON CONFLICT (email) DO UPDATE SET age = age + excluded.age RETURNING id, age",
        1,
        [{"id": 2, "age": 27}],
        [STORED[0], {"_rowid": 2, "email": "bob", "age": 27}],
    ),
    ("INSERT INTO people (email) VALUES ('bob') ON CONFLICT DO NOTHING", 0, [], STORED),
    ("REPLACE INTO people (email) VALUES ('ada')", 1, [], [STORED[1], {**CARL, "email": "ada"}]),
    (
        "INSERT OR REPLACE INTO people (id, email, age) VALUES (2, 'bo', 1)",
        1,
        [],
        [STORED[0], {"_rowid": 2, "email": "bo", "age": 1}],
    ),
    (
        "INSERT INTO people (email) SELECT text FROM logs WHERE text > 'a'",
        2,
        [],
        [*STORED, {**CARL, "email": "b"}, {"_rowid": 4, "email": "c", "age": 18}],
    ),
    (
        "INSERT INTO people (email, age) SELECT email || '2', age FROM people WHERE id = 1",
        1,
        [],
        [*STORED, {"_rowid": 3, "email": "ada2", "age": 36}],
    ),
    (
        "WITH n(x) AS (VALUES ('carl')) INSERT INTO people (email) SELECT x FROM n",
        1,
        [],
        [*STORED, CARL],
    ),
    ("INSERT OR IGNORE INTO people DEFAULT VALUES", 0, [], STORED),
    (
        "UPDATE people SET age = age + 1",
        2,
        [],
        [{**STORED[0], "age": 37}, {**STORED[1], "age": 21}],
    ),
    (
        "UPDATE people SET age = (SELECT max(age) FROM people) + 1 WHERE email = 'bob' RETURNING email, age",
        1,
        [{"email": "bob", "age": 37}],
        [STORED[0], {**STORED[1], "age": 37}],
    ),
    ("UPDATE people SET age = age WHERE id = 1", 1, [], STORED),
    ("UPDATE people SET active = 1, data = NULL WHERE id = 2", 1, [], [STORED[0], {**STORED[1], "active": True}]),
    (
        "UPDATE people SET data = json_set(data, '$.b', 2) WHERE id = 1",
        1,
        [],
        [{**STORED[0], "data": {"a": [1], "b": 2}}, STORED[1]],
    ),
    (
        "UPDATE people SET age = 1 FROM logs WHERE logs.text = 'a' AND email = 'bob'",
        1,
        [],
        [STORED[0], {**STORED[1], "age": 1}],
    ),
    ("UPDATE OR REPLACE people SET email = 'ada' WHERE id = 2", 1, [], [{**STORED[1], "email": "ada"}]),
    ("UPDATE OR IGNORE people SET email = 'ada' WHERE id = 2", 0, [], STORED),
    ("DELETE FROM people WHERE age < 30 RETURNING id", 1, [{"id": 2}], [STORED[0]]),
    ("DELETE FROM people", 2, [], []),
    ("DELETE FROM people WHERE id IN (SELECT rowid FROM logs WHERE text = 'a')", 1, [], [STORED[1]]),
]  # fmt: skip


def test_writes_change_documents_as_sqlite_changes_rows(people: MemoryDatabase) -> None:
    documents = dict(people.source.documents)
    for statement, changes, rows, after in WRITES:
        people.source.documents = {name: [{**item} for item in items] for name, items in documents.items()}
        people.source.last = {}
        answer = people.run(statement)
        assert (answer.errors, answer.changes, answer.rows) == ([], changes, rows), statement
        assert answer.written == "people"
        assert state(people) == after, statement


REFUSED = [
    ("INSERT INTO people (email) VALUES ('ada')", "UNIQUE constraint failed: people.email"),
    ("INSERT INTO people (email) VALUES ('x'), ('x')", "UNIQUE constraint failed: people.email"),
    ("INSERT INTO people (id, email) VALUES (1, 'x')", "UNIQUE constraint failed: people.id"),
    ("INSERT INTO people (age) VALUES (1)", "NOT NULL constraint failed: people.email"),
    ("INSERT INTO people (missing) VALUES (1)", "table people has no column named missing"),
    ("INSERT INTO nowhere VALUES (1)", "no such table: nowhere"),
    ("UPDATE people SET email = NULL", "NOT NULL constraint failed: people.email"),
    ("UPDATE people SET email = 'x'", "UNIQUE constraint failed: people.email"),
    ("UPDATE people SET id = 9 WHERE id = 1", "The rowid of a row cannot be changed; insert another row."),
    ("UPDATE logs SET rowid = 9", "The rowid of a row cannot be changed; insert another row."),
    ("UPDATE people SET age = 9e999", "A value of age is no finite number."),
    ("UPDATE people SET age = abs(-9223372036854775808)", "integer overflow"),
    ("DELETE FROM people; DELETE FROM logs", "You can only execute one statement at a time."),
    ("INSERT OR FAIL INTO people (email) VALUES ('x'), ('ada')", "UNIQUE constraint failed: people.email"),
    ("INSERT OR ROLLBACK INTO people (email) VALUES ('x'), ('ada')", "UNIQUE constraint failed: people.email"),
]
INVALID = [
    ("UPDATE people SET data = 'no json'", "Must be JSON text."),
    ("UPDATE people SET photo = x'00'", "A file is written by its own address, not by SQL."),
    ("UPDATE people SET photo = 'x'", "A file is written by its own address, not by SQL."),
    ("UPDATE people SET email = x'00' WHERE id = 1", "Must be no BLOB."),
]


def test_a_refused_write_changes_nothing(people: MemoryDatabase, settings: Any) -> None:
    for statement, error in REFUSED:
        assert people.errors(statement) == [error], statement
    for statement, error in INVALID:
        with pytest.raises(engine.Invalid, match=error):
            people.run(statement)
    people.source.allowed = {"insert", "update"}
    for statement in (
        "DELETE FROM people",
        "REPLACE INTO people (email) VALUES ('ada')",
        "UPDATE OR REPLACE people SET email = 'ada'",
    ):
        with pytest.raises(engine.Forbidden):
            people.run(statement)
    people.source.allowed = {"delete"}
    for statement in (
        "INSERT INTO people (email) VALUES ('bob') ON CONFLICT DO UPDATE SET age = 1",
        "UPDATE people SET age = 1",
    ):
        with pytest.raises(engine.Forbidden):
            people.run(statement)
    people.source.allowed = {"insert", "update", "delete"}
    settings.SQL_MAX_ROWS = 1
    text = "The result has more than 1 rows (SQL_MAX_ROWS); those after them are missing."
    assert people.errors("DELETE FROM people RETURNING id") == [text]
    settings.SQL_MAX_CHANGES = 1
    with pytest.raises(engine.TooLarge, match="more than 1 rows"):
        people.run("DELETE FROM people")
    settings.SQL_MAX_CHANGE_BYTES = 10
    with pytest.raises(engine.TooLarge, match="more than 10 bytes"):
        people.run("DELETE FROM people")
    settings.SQL_TIMEOUT = 0.5
    slow = people.errors(ENDLESS + "INSERT INTO logs SELECT x FROM n")
    assert slow in (["The statement takes more than 0.5 seconds (SQL_TIMEOUT)."], ["out of memory"])
    assert state(people) == STORED
    assert len(people.source.documents["logs"]) == 3
