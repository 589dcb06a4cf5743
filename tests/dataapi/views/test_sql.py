"""/api/sql over HTTP; what statements do is in tests/features/sql."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Tenant, refused, status_and_body


@pytest.fixture(scope="module")
def shows(anna: Tenant) -> str:
    anna.add(
        {
            "name": "shows",
            "fields": [{"name": "title"}, {"name": "year", "type": "number"}, {"name": "on", "type": "boolean"}],
        }
    )
    anna.insert("shows", [{"title": "A", "year": 1999, "on": True, "more": 1}, {"title": "B", "year": 2001}])
    return "shows"


def run(anna: Tenant, statement: Any, *, name: str = "query", **more: Any) -> tuple[int, Any]:
    body = {"database_id": anna.database, name: statement}
    return status_and_body(anna.ask("POST /api/sql", json=body, **more))


def result(*rows: dict[str, Any], columns: list[str], changes: int = 0) -> tuple[int, Any]:
    return 200, {"success": True, "columns": columns, "data": [*rows], "changes": changes, "truncated": False}


def test_statements(anna: Tenant, shows: str) -> None:
    columns = ["title", "year"]
    select = "SELECT title, year FROM shows WHERE year > 2000"
    assert run(anna, select) == result({"title": "B", "year": 2001}, columns=columns)
    assert run(anna, select, name="sql") == result({"title": "B", "year": 2001}, columns=columns)
    every = result(
        {"title": "A", "year": 1999, "on": 1}, {"title": "B", "year": 2001, "on": None}, columns=[*columns, "on"]
    )
    assert run(anna, "SELECT * FROM shows") == every
    update = 'UPDATE shows SET "on" = 0, year = year + 1 RETURNING rowid, year'
    rows = ({"rowid": 1, "year": 2000}, {"rowid": 2, "year": 2002})
    assert run(anna, update) == result(*rows, columns=["rowid", "year"], changes=2)
    (first, second) = anna.find("shows")["data"]
    assert (first["on"], first["year"], first["more"], first["_sys"]["version"]) == (False, 2000, 1, 2)
    reader = anna.new_key(actions=["read"], databases=[anna.database])
    assert run(anna, select, auth=reader)[0] == 200
    assert run(anna, update, auth=reader)[0] == 403
    assert run(anna, "UPDATE shows SET year = 'late'")[0] == 400
    assert anna.find("shows")["data"] == [first, second]


def test_errors(anna: Tenant, shows: str) -> None:
    for statement, text in (
        ("SELEC 1", 'near "SELEC": syntax error'),
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("CREATE TABLE x (a)", "Only SELECT, INSERT, UPDATE and DELETE on the tables of the database are allowed."),
        ("ATTACH '/etc/passwd' AS x", "ATTACH is not allowed."),
    ):
        assert run(anna, statement) == (400, refused(text, ("query", text)))
    assert run(anna, 5)[0] == 400
    body = {"database_id": anna.database}
    both = {**body, "query": "SELECT 1", "sql": "SELECT 2"}
    for members in (body, both):
        status, answer = status_and_body(anna.ask("POST /api/sql", json=members))
        error = {"field": "query", "message": "Send the statement as query, or as sql."}
        assert (status, answer["errors"]) == (400, [error])
