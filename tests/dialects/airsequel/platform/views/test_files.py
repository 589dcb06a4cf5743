"""Files in cells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.airsequel.support import Airsequel, failed, result_of
from tests.support import NO_CREDENTIALS, Truth

PNG = b"\x89PNG\r\n\x1a\n"
SCRIPT = (
    "CREATE TABLE todos (id INTEGER PRIMARY KEY, title TEXT UNIQUE, file BLOB, done BOOLEAN NOT NULL DEFAULT false)"
)
PATHS = ["rowid/1", "id/1", "title/One%20%2F%20two"]


@pytest.fixture(scope="module")
def db_id(airsequel: Airsequel) -> str:
    """A database whose table has one row."""
    db_id = airsequel.new_database(SCRIPT)
    body = {
        "database_id": airsequel.catalog_id(db_id),
        "collection_name": "todos",
        "data": [{"title": "One / two"}],
    }
    assert airsequel.tenant.ask("POST /api/crud", json=body).status_code == 201
    return db_id


def cell(db_id: str, path: str, column: str = "file") -> str:
    return f"/api/dbs/{db_id}/tables/todos/columns/{column}/files/{path}"


def test_store_read_and_replace(airsequel: Airsequel, db_id: str) -> None:
    assert result_of(airsequel.ask(f"GET {cell(db_id, 'rowid/1')}")) == failed(404, "The cell has no file.")
    database = airsequel.get(f"GET /api/dbs/{db_id}")
    for content in (b"first", b"second"):
        upload = {"file": ("größe.html", content, "text/html")}
        assert airsequel.get(f"PUT {cell(db_id, 'rowid/1')}", files=upload) == {}
        answer = airsequel.ask(f"GET {cell(db_id, 'rowid/1')}")
        assert (answer.status_code, answer.content) == (200, content)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''gr%C3%B6%C3%9Fe.html"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    files = airsequel.tenant.ask("GET /api/v2/files", params={"database_id": airsequel.catalog_id(db_id)}).json()
    assert str(files).count("html") <= 2  # one file: the first is deleted
    path = "/tables/todos/columns/file/files/rowid/1"
    (item,) = airsequel.get(f"GET /api/dbs/{db_id}/tables/todos")["columns"][2]["items"]
    assert item == f'{{"url":"/api/dbs/{db_id}{path}"}}'
    linked = airsequel.ask(f"GET /readonly/{database['readonlyId']}{path}", auth="")
    assert (linked.status_code, linked.content) == (200, b"second")
    assert airsequel.ask(f"GET {cell(db_id, 'id/1')}").content == b"second"
    assert result_of(airsequel.ask(f"GET {cell(db_id, 'rowid/1')}", auth="")) == failed(401, NO_CREDENTIALS)
    assert result_of(airsequel.ask(f"GET /readonly/unknown{path}", auth="")) == failed(
        404, "Not found or access denied"
    )


@pytest.mark.parametrize(
    ("path", "column", "status", "message"),
    [
        ("rowid/2", "file", 404, "Row not found."),
        ("rowid/x", "file", 400, "rowid: Must be a whole number."),
        ("_id/x", "file", 400, None),
        ("done/true", "file", 400, "done: Several rows may have this value. Name the rowid or a unique column."),
        ("lost/1", "file", 404, "The table has no column 'lost'."),
        ("rowid/1", "lost", 404, "The table has no column 'lost'."),
        ("rowid/1", "title", 400, "title: Is no column of files: its type must be BLOB."),
    ],
)
@pytest.mark.usefixtures("nothing_changes")
def test_refused_cells(
    airsequel: Airsequel, db_id: str, path: str, column: str, status: int, message: str | None
) -> None:
    for verb, request in {"GET": {}, "PUT": {"files": {"file": ("a", b"x")}}}.items():
        answer = airsequel.ask(f"{verb} {cell(db_id, path, column)}", **request)
        assert answer.status_code == status
        assert message is None or result_of(answer) == failed(status, message)


@pytest.mark.parametrize("request_", [{}, {"files": {"other": ("a", b"x")}}, {"data": {"file": "x"}}])
@pytest.mark.usefixtures("nothing_changes")
def test_refused_uploads(airsequel: Airsequel, db_id: str, request_: dict[str, Any]) -> None:
    answer = airsequel.ask(f"PUT {cell(db_id, 'rowid/1')}", **request_)
    assert result_of(answer) == failed(400, "file: Send one file in this part of multipart/form-data.")


def files_of(truth: Truth, catalog_id: str) -> list[str]:
    """Return the names of the files in the media archive of a database."""
    ((physical,),) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", catalog_id)
    return sorted(file["filename"] for file in truth.documents(physical).get("media.files", []))


def test_files_are_deleted_with_their_cells(airsequel: Airsequel, truth: Truth) -> None:
    db_id = airsequel.new_database("CREATE TABLE a (x BLOB, y BLOB); CREATE TABLE b (z BLOB)")
    catalog_id = airsequel.catalog_id(db_id)

    for table, columns in (("a", "xy"), ("b", "z")):
        body = {"database_id": catalog_id, "collection_name": table, "data": [{"n": 1}]}
        assert airsequel.tenant.ask("POST /api/crud", json=body).status_code == 201
        for column in columns:
            path = f"/api/dbs/{db_id}/tables/{table}/columns/{column}/files/rowid/1"
            airsequel.get(f"PUT {path}", files={"file": (f"{column}.txt", column.encode())})
    assert files_of(truth, catalog_id) == ["x.txt", "y.txt", "z.txt"]
    airsequel.get(f"DELETE /api/dbs/{db_id}/tables/a/columns/x")
    assert files_of(truth, catalog_id) == ["y.txt", "z.txt"]
    airsequel.get(f"DELETE /api/dbs/{db_id}/tables/a")
    assert files_of(truth, catalog_id) == ["z.txt"]
    airsequel.get(f"PUT /dbs/{db_id}", files={"file": ("b.csv", b"n\n1\n")})
    assert files_of(truth, catalog_id) == []
