"""The schema as SQL text, and for Azimutt."""

from __future__ import annotations

import pytest

from tests.dialects.airsequel.support import SAMPLES, Airsequel

SCRIPT = (
    "CREATE TABLE todos (id INTEGER PRIMARY KEY, title TEXT UNIQUE, file BLOB, done BOOLEAN NOT NULL DEFAULT false)"
)


@pytest.fixture(scope="module")
def db_id(airsequel: Airsequel) -> str:
    return airsequel.new_database(SCRIPT)


def test_the_schema_as_text(airsequel: Airsequel, db_id: str) -> None:
    answer = airsequel.ask(f"GET /api/dbs/{db_id}/schema")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == (
        'CREATE TABLE "todos" (\n  "id" INTEGER PRIMARY KEY,\n  "title" TEXT UNIQUE,\n  "file" BLOB,\n'
        '  "done" BOOLEAN NOT NULL DEFAULT FALSE\n);\n'
    )


def test_the_schema_for_azimutt(airsequel: Airsequel, db_id: str) -> None:
    choices = {"columns": [{"name": "state", "enum": ["it's", "b"]}, {"name": "todo", "references": "todos"}]}
    airsequel.get(f"PUT /api/dbs/{db_id}/tables/other", json=choices)
    answer = airsequel.get(f"GET /api/dbs/{db_id}/azimutt-schema")
    todos, other = answer["tables"]
    (sample,) = SAMPLES["GET /api/dbs/:dbId/azimutt-schema"]["response"]["tables"]
    assert set(todos) == set(sample)
    assert set(todos["columns"][0]) == set(sample["columns"][0])
    assert todos["primaryKey"] == {"columns": ["id"], "name": "todos_pk"}
    assert other["checks"] == [
        {"columns": ["state"], "name": "other_state_check", "predicate": "\"state\" IN ('it''s', 'b')"}
    ]
    assert answer["relations"] == [
        {
            "name": "other_todo",
            "src": {"schema": "public", "table": "other", "column": "todo"},
            "ref": {"schema": "public", "table": "todos", "column": "_id"},
        }
    ]
