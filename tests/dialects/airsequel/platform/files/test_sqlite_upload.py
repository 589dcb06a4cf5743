"""SQLite files: what is uploaded is downloaded again, and hostile files change nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tests.dialects.airsequel.support import Airsequel, failed, result_of
from tests.support import PASSWORD, Tenant, until

LIBRARY = """
CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, born DATETIME, rating REAL DEFAULT 0.5,
  kind TEXT DEFAULT 'person' CHECK (kind IN ('person', 'group')));
CREATE TABLE books (isbn TEXT PRIMARY KEY, author INT REFERENCES authors (id), pages BIGINT, price DECIMAL(10,2),
  cover BLOB, sold BOOLEAN, extra, note "TEXT_JSON", UNIQUE (author, pages));
CREATE TABLE loans (book TEXT, reader INTEGER, since DATE, PRIMARY KEY (book, reader));
CREATE TABLE plain (a, b);
CREATE TABLE empty (day TEXT_DATE, n INT NOT NULL DEFAULT 3);
"""
ROWS = {
    "authors": [
        (-4, "Ada – 𝄞\n\"'", "2020-01-02 03:04:05", 1.0, "person"),
        (7, "Bob", 1577934245, None, None),
        (2**40, "Zoë", 2.5, -1e300, "group"),
    ],
    "books": [
        ("1", 7, 2**63 - 1, 12.5, b"\x00\xff\x01", 1, None, '{"a": 1}'),
        ("2", -4, -(2**63), 7, b"", 0, b"blob", "[1,  2]"),
        ("3", None, 0, "free", None, None, "text", None),
        ("4", None, 0, 1.25, b"x" * 100_000, 1, 1.0, "no json"),
    ],
    "loans": [("1", 5, "2020-02-03"), ("1", 6, None), ("2", 5, "")],
    "plain": [(1, "x"), (2.0, b"y"), ("three", None), (None, 2**53 + 1)],
    "empty": [],
}


def library(*, encoding: str = "UTF-8", more: str = "") -> bytes:
    """Return an SQLite file; rowids of `plain` have gaps."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA encoding = '{encoding}'")
        connection.executescript(LIBRARY + more)
        for table, rows in ROWS.items():
            connection.executemany(
                f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows
            ) if rows else ()
        connection.execute("UPDATE plain SET rowid = rowid * 10")
        connection.commit()
        return connection.serialize()


def opened(content: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(content)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return connection


def dump(content: bytes) -> dict[str, Any]:
    """Return columns with types, keys and defaults, references, unique columns and rows with rowids, by table."""
    with closing(opened(content)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
        ]
        return {name: _dump(connection, name) for name in names}


def _dump(connection: sqlite3.Connection, name: str) -> Any:
    columns = connection.execute("SELECT name, type, dflt_value, pk FROM pragma_table_info(?)", (name,)).fetchall()
    references = connection.execute(
        'SELECT "from", "table", "to" FROM pragma_foreign_key_list(?) ORDER BY 1', (name,)
    ).fetchall()
    indexes = connection.execute('SELECT name FROM pragma_index_list(?) WHERE "unique"', (name,)).fetchall()
    unique = sorted(
        connection.execute("SELECT name FROM pragma_index_info(?)", index).fetchall() for index in indexes
    )
    typed = ", ".join(f'"{column[0]}", typeof("{column[0]}")' for column in columns)
    rows = connection.execute(f'SELECT rowid, {typed} FROM "{name}" ORDER BY rowid').fetchall()
    return columns, references, unique, rows


def upload(content: bytes, name: str = "library.sqlite", **params: str) -> dict[str, Any]:
    return {"files": {"file": (name, content, "application/vnd.sqlite3")}, "params": params}


def test_a_download_equals_the_upload(airsequel: Airsequel) -> None:
    content = library()
    created = airsequel.get("POST /dbs", **upload(content))
    assert (created["job"], created["notes"]) == (None, [])
    database = airsequel.get(f"GET /api/dbs/{created['id']}")
    assert [database[key] for key in ("name", "fileName", "fileFormat")] == ["library", "library.sqlite", "sqlite"]
    assert [table["name"] for table in database["tables"]] == [*ROWS]
    answer = airsequel.ask(f"GET /dbs/{created['id']}/download")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/vnd.sqlite3")
    assert dump(answer.content) == dump(content)
    again = airsequel.get(f"PUT /dbs/{created['id']}", **upload(library(encoding="UTF-16le")))
    assert again == {**created, "ownershipUtc": created["ownershipUtc"]}
    assert dump(airsequel.ask(f"GET /dbs/{created['id']}/download").content) == dump(content)
    _check_rows(airsequel, created["id"])


def _check_rows(airsequel: Airsequel, db_id: str) -> None:
    """New rows are numbered after those of the file, what is unique together stays so, and BLOBs are files."""
    insert = 'mutation { insert_authors(objects: [{name: "New"}]) { returning { name kind rating } } }'
    answer = airsequel.get(f"POST /dbs/{db_id}/graphql", json={"query": insert})
    row = {"name": "New", "kind": "person", "rating": 0.5}
    assert answer == {"data": {"insert_authors": {"returning": [row]}}}
    assert airsequel.get(f"GET /api/dbs/{db_id}/tables/authors")["rowids"] == [-4, 7, 2**40, 2**40 + 1]
    rows = '{isbn: "9", author: -4, pages: 5}, {isbn: "8", author: -4, pages: 5}'
    twice = f"mutation {{ insert_books(objects: [{rows}]) {{ affected_rows }} }}"
    assert "errors" in airsequel.get(f"POST /dbs/{db_id}/graphql", json={"query": twice})
    cell = f"/api/dbs/{db_id}/tables/books/columns/cover/files/rowid"
    answer = airsequel.ask(f"GET {cell}/1")
    assert (answer.content, answer.headers["Content-Type"]) == (b"\x00\xff\x01", "application/octet-stream")
    assert result_of(airsequel.ask(f"GET {cell}/3")) == failed(404, "The cell has no file.")
    assert airsequel.get(f"PUT {cell}/3", files={"file": ("a.txt", b"hello", "text/plain")}) == {}
    assert airsequel.ask(f"GET {cell}/3").content == b"hello"
    items = {item["name"]: item["items"] for item in airsequel.get(f"GET /api/dbs/{db_id}/tables/books")["columns"]}
    assert items["cover"][0] == f'{{"url":"{cell}/1"}}'
    (books,) = [
        item for item in airsequel.get(f"GET /api/dbs/{db_id}/azimutt-schema")["tables"] if item["table"] == "books"
    ]
    assert [unique["columns"] for unique in books["uniques"]] == [["isbn"], ["author", "pages"]]


HOSTILE = [
    (b"SQLite format 3\0" + b"\xff" * 4_000, "file: SQLite cannot read it: file is not a database."),
    (library()[:20_000], "file: SQLite cannot read it: database disk image is malformed."),
    (
        library(more="CREATE TABLE k (a TEXT PRIMARY KEY); INSERT INTO k VALUES (NULL);"),
        "file: The table 'k': its primary key 'a' has null values.",
    ),
]


def test_refused_files_change_nothing(airsequel: Airsequel, ben: Tenant) -> None:
    created = airsequel.get("POST /dbs", **upload(library(more="CREATE VIEW v AS SELECT 1;")))
    assert created["notes"] == ["The view 'v' is left out: views are not stored."]
    before = airsequel.unsized(f"GET /api/dbs/{created['id']}"), airsequel.unsized()
    for content, message in HOSTILE:
        for route in ("POST /dbs", f"PUT /dbs/{created['id']}"):
            assert result_of(airsequel.ask(route, **upload(content))) == failed(400, message)
    tried = airsequel.get(f"PUT /dbs/{created['id']}", **upload(library(), dry_run="true"))
    assert [(table["name"], table["numberOfRows"]) for table in tried["tables"]] == [
        (name, len(rows)) for name, rows in ROWS.items()
    ]
    csv = {"files": {"file": ("n.csv", b"a,b\n1,x\n")}, "params": {"dry_run": "true"}}
    (table,) = airsequel.get("POST /dbs", **csv)["tables"]
    assert (table["name"], table["numberOfRows"], table["columns"][0]["sqliteDataType"]) == ("n", 1, "INTEGER")
    writer = airsequel.tenant.new_key(actions=["read", "insert", "write", "delete", "design"])
    denied = [airsequel.ask(f"PUT /dbs/{created['id']}", auth=auth, **upload(library())) for auth in (writer, "")]
    assert [answer.status_code for answer in denied] == [403, 401]
    foreign = Airsequel(ben)
    assert foreign.ask(f"PUT /dbs/{created['id']}", **upload(library())).status_code == 404
    assert foreign.ask(f"GET /api/dbs/jobs/{'0' * 32}").status_code == 404
    assert (airsequel.unsized(f"GET /api/dbs/{created['id']}"), airsequel.unsized()) == before


def finished(airsequel: Airsequel, job: str) -> dict[str, Any]:
    """Return the last state of a job."""

    def ended() -> dict[str, Any] | None:
        state: dict[str, Any] = airsequel.get(f"GET {job}")
        return state if state["state"] in ("done", "failed") else None

    last_state: dict[str, Any] = until(ended, seconds=240, every=0.2)
    return last_state


def test_large_files_are_jobs(airsequel: Airsequel, ben: Tenant) -> None:
    more = (
        "CREATE TABLE big (n INTEGER PRIMARY KEY, t TEXT); WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
        "FROM n WHERE x < 10100) INSERT INTO big SELECT x * 3, hex(randomblob(900)) FROM n;"
    )
    content = library(more=more)
    assert len(content) > 16 << 20
    login = {"username": airsequel.tenant.email, "password": PASSWORD}
    session = Airsequel(airsequel.tenant).get("POST /api/login", auth="", json=login)["sessionToken"]
    answer = airsequel.ask("POST /dbs", auth=f"Bearer {session}", **upload(content, name="big.db"))
    created = answer.json()
    assert answer.status_code == 202, created
    assert finished(airsequel, created["job"]) == {
        "download": None,
        "errors": [],
        "percent": 100.0,
        "state": "done",
    }
    assert Airsequel(ben).ask(f"GET {created['job']}").status_code == 404
    started = airsequel.ask(f"GET /dbs/{created['id']}/download")
    if started.status_code == 202:
        link = finished(airsequel, started.json()["job"])["download"]
        assert Airsequel(ben).ask(f"GET {link}").status_code == 404
        started = airsequel.ask(f"GET {link}")
    assert dump(started.content) == dump(content)
    missing = airsequel.ask(f"GET /dbs/{created['id']}/download", params={"job": "0" * 32})
    assert missing.status_code == 404
