"""SQL over HTTP: statements, permissions, errors, and other tenants."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of, shape

SCRIPT = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age REAL, data TEXT_JSON_OBJECT);"
    "CREATE TABLE songs (title TEXT);"
)
USERS = [{"name": "John", "age": 20, "data": {"a": [1]}}, {"name": "Jane", "age": 30.5}]


@pytest.fixture(scope="module")
def db_id(airsequel: Airsequel) -> str:
    """Return the id of a database with two users."""
    db_id = airsequel.new_database(SCRIPT)
    body = {"database_id": airsequel.catalog_id(db_id), "collection_name": "users", "data": USERS}
    answer = airsequel.tenant.ask("POST /api/crud", json=body)
    assert answer.status_code == 201, answer.text
    return db_id


def run(airsequel: Airsequel, db_id: str, query: Any, **request: Any) -> tuple[int, Any]:
    """Return the status and the body of a statement's answer, without its duration."""
    status, body = result_of(airsequel.ask(f"POST /dbs/{db_id}/sql", json={"query": query}, **request))
    if status == 200:
        assert 0 < body.pop("runtimeSeconds") < 20
    return status, body


def result(*rows: dict[str, Any], errors: tuple[str, ...] = ()) -> tuple[int, Any]:
    return 200, {"affectedTables": [], "errors": [*errors], "numChanges": 0, "rows": [*rows]}


STATEMENTS = [
    ("SELECT id, name FROM users", result({"id": 1, "name": "John"}, {"id": 2, "name": "Jane"})),
    (
        "SELECT * FROM users WHERE age > 25",
        result({"id": 2, "name": "Jane", "age": 30.5, "data": None}),
    ),
    ("SELECT data ->> '$.a[0]' AS a FROM users WHERE rowid = 1", result({"a": 1})),
    ("SELECT count(*) AS n FROM songs", result({"n": 0})),
    ("SELECT length(_id) AS n FROM users LIMIT 1", result({"n": 24})),
    ("SELECT * FROM secrets", result(errors=("no such table: secrets",))),
    ("PRAGMA user_version", result(errors=("PRAGMA is not allowed.",))),
    ("", result(errors=("incomplete input",))),
    (
        "INSERT INTO users (name, age) VALUES ('x', -1e-400)",
        failed(400, "query: The number 1e-400 is too small: it would be stored as 0."),
    ),
    (
        "CREATE VIEW tiny AS SELECT 1e-400 AS n",
        failed(400, "query: The number 1e-400 is too small: it would be stored as 0."),
    ),
    (
        "ALTER TABLE users ADD COLUMN tiny REAL DEFAULT 1e-400",
        failed(400, "query: The number 1e-400 is too small: it would be stored as 0."),
    ),
    (None, failed(400, "query: query must be the text of an SQL statement.")),
    ("SELECT '" + "x" * 100_000 + "'", failed(400, "query: Must have at most 100000 characters (SQL_MAX_LENGTH).")),
]


@pytest.mark.parametrize(("query", "expected"), STATEMENTS)
def test_statements(airsequel: Airsequel, db_id: str, query: Any, expected: tuple[int, Any]) -> None:
    assert run(airsequel, db_id, query) == expected
    assert run(airsequel, db_id, "SELECT count(*) AS n FROM users") == result({"n": 2})


def written(
    *rows: dict[str, Any], changes: int = 1, tables: tuple[str, ...] = ("users", "songs")
) -> tuple[int, Any]:
    return 200, {"affectedTables": [*tables], "errors": [], "numChanges": changes, "rows": [*rows]}


def test_statements_write_documents_with_history_and_stamps(airsequel: Airsequel) -> None:
    tenant = airsequel.tenant
    db_id = airsequel.new_database(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT_EMAIL NOT NULL UNIQUE, age REAL DEFAULT 18, "
        "data TEXT_JSON_OBJECT, born TEXT_DATE, ok BOOLEAN);CREATE TABLE songs (title TEXT);"
    )
    database = airsequel.catalog_id(db_id)

    def documents(**query: Any) -> list[dict[str, Any]]:
        params = {"database_id": database, "collection_name": "users", "sort": '{"email": 1}', **query}
        found: list[dict[str, Any]] = tenant.ask("GET /api/crud", params=params).json()["data"]
        return found

    insert = (
        "INSERT INTO users (email, data, born, ok) VALUES ('a@x.org', '{\"a\":[1]}', '2020-01-02', 1), "
        "('b@x.org', NULL, NULL, 0) RETURNING id, age"
    )
    assert run(airsequel, db_id, insert) == written({"id": 1, "age": 18}, {"id": 2, "age": 18}, changes=2)
    first, second = documents()
    assert (first["data"], first["born"], first["ok"], first["age"]) == ({"a": [1]}, "2020-01-02", True, 18)
    assert (second["ok"], second["_sys"]["version"]) == (False, 1)
    update = "UPDATE users SET age = age + id, data = json_set(data, '$.b', age) WHERE data IS NOT NULL"
    assert run(airsequel, db_id, update) == written()
    (first, _) = documents()
    assert (first["age"], first["data"], first["_sys"]["version"]) == (19, {"a": [1], "b": 18}, 2)
    upsert = (
        "INSERT INTO users (email, age) VALUES ('b@x.org', 1), ('c@x.org', 1) ON CONFLICT (email) "
        "DO UPDATE SET age = age + excluded.age RETURNING id, age"
    )
    assert run(airsequel, db_id, upsert) == written({"id": 2, "age": 19}, {"id": 3, "age": 1}, changes=2)
    assert run(airsequel, db_id, "DELETE FROM users WHERE age = 19 AND ok = 0") == written()
    assert run(airsequel, db_id, "REPLACE INTO users (email) VALUES ('c@x.org') RETURNING id") == written({"id": 4})
    assert [row["email"] for row in documents()] == ["a@x.org", "c@x.org"]
    for query, expected in (
        ("UPDATE users SET email = 'c@x.org'", result(errors=("UNIQUE constraint failed: users.email",))),
        ("UPDATE users SET email = 'no mail' WHERE id = 1", 400),
        ("UPDATE users SET age = 'no number'", 400),
        ("INSERT INTO users (email, data) VALUES ('d@x.org', '[]')", 400),
        ("INSERT INTO users (id, _id, email) VALUES (9, 'x', 'e@x.org')", 400),
    ):
        answer = run(airsequel, db_id, query)
        assert (answer if isinstance(expected, tuple) else answer[0]) == expected, answer
    for actions, query in (
        (["read"], "UPDATE users SET age = 1"),
        (["read", "insert"], "REPLACE INTO users (email) VALUES ('c@x.org')"),
        (["read", "write"], "INSERT INTO users (email) VALUES ('f@x.org')"),
        (["read", "insert", "write"], "DELETE FROM users"),
    ):
        auth = tenant.new_key(actions=actions)
        assert run(airsequel, db_id, query, auth=auth)[0] == 403
    assert run(airsequel, db_id, "SELECT id, email, age FROM users ORDER BY id") == result(
        {"id": 1, "email": "a@x.org", "age": 19}, {"id": 4, "email": "c@x.org", "age": 18}
    )


def test_writes_at_the_same_time_lose_nothing(airsequel: Airsequel) -> None:
    tenant = airsequel.tenant
    db_id = airsequel.new_database("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER)")
    assert run(airsequel, db_id, "INSERT INTO counters (n) VALUES (0)")[0] == 200
    database = airsequel.catalog_id(db_id)

    def other(number: int) -> int:
        body = {"database_id": database, "collection_name": "counters", "data": [{"n": number}]}
        return tenant.ask("POST /api/crud", json=body).status_code

    def own(number: int) -> int:
        statement = f"INSERT INTO counters (n) SELECT n + {number} FROM counters WHERE id = 1"
        status, body = run(airsequel, db_id, statement)
        return status if not body.get("errors") else 409

    with ThreadPoolExecutor(4) as pool:
        results = [*pool.map(other, range(12)), *pool.map(own, range(3))]
    assert set(results) <= {200, 201, 409, 429}
    expected = 1 + sum(1 for status in results if status < 300)
    assert run(airsequel, db_id, "SELECT count(DISTINCT id) AS n FROM counters") == result({"n": expected})


def test_the_published_statement(airsequel: Airsequel) -> None:
    published = SAMPLES["POST /dbs/:dbId/sql"]
    db_id = airsequel.new_database("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    query = 'mutation { insert_users(objects: [{name: "John"}, {name: "Jane"}]) { affected_rows } }'
    airsequel.get(f"POST /dbs/{db_id}/graphql", json={"query": query})
    answer = airsequel.get(f"POST /dbs/{db_id}/sql", json=published["request"])
    assert answer["rows"] == published["response"]["rows"]
    assert shape(answer) == {**shape(published["response"]), "numChanges": "int"}


def test_the_order_of_columns_is_that_of_the_statement(airsequel: Airsequel, db_id: str) -> None:
    answer = airsequel.ask(f"POST /dbs/{db_id}/sql", json={"query": "SELECT name, age, id FROM users LIMIT 1"})
    assert '{"name":"John","age":20,"id":1}' in answer.text.replace(" ", "").replace("20.0", "20")


def test_rows_of_another_dialect_are_numbered(airsequel: Airsequel) -> None:
    query = "SELECT rowid, name FROM shows ORDER BY rowid"
    airsequel.tenant.add({"name": "shows", "fields": [{"name": "name"}]})
    airsequel.tenant.insert("shows", [{"name": "A"}, {"name": "B"}])
    expected = result({"rowid": 1, "name": "A"}, {"rowid": 2, "name": "B"})
    assert run(airsequel, airsequel.tenant.database, query) == expected


def test_a_public_database_is_read_without_credentials(airsequel: Airsequel, db_id: str) -> None:
    assert run(airsequel, db_id, "SELECT 1 AS a", auth="")[0] == 401
    airsequel.get(f"PATCH /api/dbs/{db_id}/settings", json={"visibility": "public"})
    try:
        assert run(airsequel, db_id, "SELECT name FROM users WHERE id = 1", auth="") == result({"name": "John"})
    finally:
        airsequel.get(f"PATCH /api/dbs/{db_id}/settings", json={"visibility": "private"})


def test_a_key_needs_the_permission_to_read(airsequel: Airsequel, db_id: str) -> None:
    auth = airsequel.tenant.new_key(actions=["insert", "write", "delete", "design", "own"])
    expected = failed(403, "This needs the permission 'read'.")
    assert run(airsequel, db_id, "SELECT 1", auth=auth) == expected
    reader = airsequel.tenant.new_key(actions=["read"])
    assert run(airsequel, db_id, "SELECT name FROM users LIMIT 1", auth=reader) == result({"name": "John"})


def test_a_database_is_downloaded_as_an_sqlite_file(airsequel: Airsequel, db_id: str) -> None:
    answer = airsequel.ask(f"GET /dbs/{db_id}/download?format=sqlite")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/vnd.sqlite3")
    assert answer.headers["Content-Disposition"].endswith('.sqlite"')
    connection = sqlite3.connect(":memory:")
    connection.deserialize(answer.content)
    users = [(1, "John", 20.0, '{"a":[1]}'), (2, "Jane", 30.5, None)]
    assert connection.execute("SELECT * FROM users").fetchall() == users
    definitions = dict(connection.execute("SELECT name, sql FROM sqlite_master"))
    columns = '"id" INTEGER PRIMARY KEY,\n  "name" TEXT NOT NULL,\n  "age" REAL,\n  "data" TEXT_JSON_OBJECT'
    assert definitions["users"] == f'CREATE TABLE "users" (\n  {columns}\n)'
    refused = airsequel.ask(f"GET /dbs/{db_id}/download?format=xml")
    assert result_of(refused) == failed(400, "format: Must be csv or sqlite.")
    assert airsequel.ask(f"GET /dbs/{db_id}/download?format=sqlite", auth="").status_code == 401
    auth = airsequel.tenant.new_key(actions=["insert", "write", "delete", "design", "own"])
    assert airsequel.ask(f"GET /dbs/{db_id}/download?format=sqlite", auth=auth).status_code == 403
