"""Statements about the schema over HTTP: tables, columns, indexes and views."""

from __future__ import annotations

from typing import Any

from tests.dialects.airsequel.sql.test_views import result, run, written
from tests.dialects.airsequel.support import Airsequel


def changed(*tables: str) -> tuple[int, Any]:
    return 200, {"affectedTables": [*tables], "errors": [], "numChanges": 0, "rows": []}


def columns(airsequel: Airsequel, db_id: str, table: str) -> list[tuple[str, str, Any]]:
    body = airsequel.get(f"GET /api/dbs/{db_id}/tables/{table}")
    return [(item["name"], item["sqliteDataType"], item["default"]) for item in body["columns"]]


def test_tables_are_created_changed_and_dropped(airsequel: Airsequel) -> None:
    db_id = airsequel.new_database()
    create = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age REAL)"
    assert run(airsequel, db_id, create) == changed("users")
    assert run(airsequel, db_id, create) == result(errors=("table users already exists",))
    assert run(airsequel, db_id, create.replace("TABLE", "TABLE IF NOT EXISTS")) == changed()
    assert run(airsequel, db_id, "INSERT INTO users (name, age) VALUES ('Ada', 36), ('Bob', 20)")[0] == 200
    view = "CREATE VIEW adults AS SELECT name, age FROM users WHERE age > 30"
    assert run(airsequel, db_id, view) == changed("adults")
    assert run(airsequel, db_id, "SELECT * FROM adults") == result({"name": "Ada", "age": 36})
    assert run(airsequel, db_id, "ALTER TABLE users ADD COLUMN stars INT_STARS DEFAULT 3") == changed("users")
    assert run(airsequel, db_id, "SELECT stars FROM users WHERE id = 1")[1]["errors"] == []
    assert run(airsequel, db_id, "ALTER TABLE users RENAME COLUMN age TO years") == changed("users", "adults")
    assert run(airsequel, db_id, "SELECT * FROM adults") == result({"name": "Ada", "years": 36})
    assert run(airsequel, db_id, "ALTER TABLE users RENAME TO people") == changed("people", "adults")
    assert run(airsequel, db_id, "SELECT count(*) AS n FROM adults") == result({"n": 1})
    assert run(airsequel, db_id, "CREATE UNIQUE INDEX names ON people (name)") == changed("people")
    assert run(airsequel, db_id, "INSERT INTO people (name) VALUES ('Ada')")[0] == 409
    assert run(airsequel, db_id, "INSERT INTO people (name, years) VALUES ('Eve', NULL)") == written(
        tables=("people",)
    )
    assert run(airsequel, db_id, "DROP INDEX names") == changed("people")
    assert run(airsequel, db_id, "INSERT INTO people (name) VALUES ('Ada')") == written(tables=("people",))
    assert run(airsequel, db_id, "CREATE UNIQUE INDEX names ON people (name)")[0] == 409
    assert run(airsequel, db_id, "DROP VIEW adults") == changed("adults")
    assert run(airsequel, db_id, "ALTER TABLE people DROP COLUMN stars") == changed("people")
    assert columns(airsequel, db_id, "people") == [
        ("id", "INTEGER", None),
        ("name", "TEXT", None),
        ("years", "REAL", None),
    ]
    assert run(airsequel, db_id, "SELECT count(*) AS n FROM people") == result({"n": 4})
    assert run(airsequel, db_id, "DROP TABLE people") == changed("people")
    assert run(airsequel, db_id, "SELECT * FROM people") == result(errors=("no such table: people",))


def test_the_schema_needs_its_permission_and_no_lock(airsequel: Airsequel) -> None:
    db_id = airsequel.new_database("CREATE TABLE users (name TEXT)")
    statements = (
        "CREATE TABLE other (a TEXT)",
        "DROP TABLE users",
        "ALTER TABLE users ADD COLUMN a TEXT",
        "CREATE INDEX i ON users (name)",
        "CREATE VIEW v AS SELECT 1 AS one",
    )
    writer = airsequel.tenant.new_key(actions=["read", "insert", "write", "delete"])
    assert [run(airsequel, db_id, item, auth=writer)[0] for item in statements] == [403] * 5
    designer = airsequel.tenant.new_key(actions=["read", "design"])
    assert run(airsequel, db_id, "DROP TABLE users", auth=designer)[0] == 403
    airsequel.get(f"PATCH /api/dbs/{db_id}/settings", json={"schemaLocked": True})
    assert [run(airsequel, db_id, item)[0] for item in statements] == [403] * 5
    schema = run(airsequel, db_id, "SELECT name FROM sqlite_master")
    assert schema == result({"name": "users"})
    airsequel.get(f"PATCH /api/dbs/{db_id}/settings", json={"schemaLocked": False})
    assert run(airsequel, db_id, "CREATE TABLE x (a CHECK (a > 1))")[0] == 400
    assert run(airsequel, db_id, "ALTER TABLE users ADD COLUMN b REFERENCES users (name)")[0] == 400
    assert run(airsequel, db_id, 'CREATE VIEW "no name" AS SELECT 1 AS one')[0] == 400
    assert run(airsequel, db_id, statements[-1], auth=designer) == changed("v")
    assert run(airsequel, db_id, "SELECT one FROM v") == result({"one": 1})
