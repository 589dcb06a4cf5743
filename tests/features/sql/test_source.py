"""Documents as statements read and write them: with history, permissions and hidden rows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings

import engine
from catalog.services.hidden_fields import ROWID, ROWID_FIELD
from engine.jobs import make_storage
from engine.limits import Limits
from engine.schema import parse_schema
from features.sql.running.changes import TableChanges
from features.sql.services import SqlAnswer, run_statement
from features.sql.source import DocumentSource
from features.sql.tables import SqlColumn, SqlTable

TABLE = SqlTable(
    "things", (SqlColumn("code", "code", "TEXT"), SqlColumn("n", "n", "INTEGER", kind="number")), ROWID
)


@pytest.fixture
def things() -> Iterator[engine.Collection]:
    """Return a collection with three numbered documents."""
    limits = Limits(query_seconds=20)
    store, name = engine.Store(settings.MONGODB_URI, limits=limits), f"test_{secrets.token_hex(6)}"
    fields = [ROWID_FIELD, {"name": "code"}, {"name": "n", "type": "number"}]
    schema, errors = parse_schema(fields, limits=limits)
    assert not errors
    spec = engine.CollectionSpec("things", "things", schema, history=True)
    make_storage(store, name, [spec])
    collection = engine.Collection(store, name, spec, "tester", engine.ALL_ACTIONS).with_hidden_fields()
    collection.insert([{"code": "a", "n": 1}, {"code": "b", "n": 2}, {"code": "c", "extra": {"x": 1}}])
    yield collection
    store.database(name).client.drop_database(name)


def run(things: engine.Collection, statement: str) -> SqlAnswer:
    return run_statement(statement, [TABLE], DocumentSource(lambda table: things), tenant=things.database)


def documents(things: engine.Collection) -> list[tuple[object, ...]]:
    page = things.find(engine.Query(sort=((ROWID, 1),)))
    return [(row[ROWID], row.get("code"), row.get("n"), row["_sys"]["version"]) for row in page.documents]


def test_statements_write_what_handles_would(things: engine.Collection) -> None:
    assert run(things, "UPDATE things SET n = coalesce(n, 0) + 10").changes == 3
    answer = run(things, "INSERT INTO things (code) VALUES ('d'), ('e') RETURNING rowid AS r")
    assert answer.rows == [{"r": 4}, {"r": 5}]
    assert run(things, "DELETE FROM things WHERE code = 'a'").changes == 1
    assert documents(things) == [(2, "b", 12, 2), (3, "c", 10, 2), (4, "d", None, 1), (5, "e", None, 1)]
    (third,) = things.find(engine.Query({"code": "c"})).documents
    assert third["extra"] == {"x": 1}
    assert things.history.version(third["_id"], 1)["extra"] == {"x": 1}
    assert [row["code"] for row in things.history.deleted(engine.Query()).documents] == ["a"]
    reader = replace(things, allowed=frozenset({engine.Action.READ, engine.Action.INSERT}))
    before = documents(things)
    for statement in (
        "UPDATE things SET n = 1",
        "DELETE FROM things",
        "REPLACE INTO things (rowid, n) VALUES (2, 1)",
    ):
        with pytest.raises(engine.Forbidden):
            run(reader, statement)
    assert documents(things) == before


def test_hidden_rows_are_neither_read_nor_written(things: engine.Collection) -> None:
    filters = {(things.database, things.spec.physical): {"code": "a"}}
    limited = replace(things, store=things.store.with_row_filter(filters))
    assert run(limited, "SELECT code FROM things").rows == [{"code": "a"}]
    assert run(limited, "UPDATE things SET n = rowid * 7").changes == 1
    assert run(limited, "INSERT INTO things (code) VALUES ('new') RETURNING rowid AS r").rows == [{"r": 4}]
    with pytest.raises(engine.Conflict):
        run(limited, "INSERT INTO things (rowid, code) VALUES (2, 'taken')")
    assert run(limited, "DELETE FROM things").changes == 1
    assert documents(things) == [(2, "b", 2, 1), (3, "c", None, 1), (4, "new", None, 1)]


def test_many_rows_are_written_in_steps(things: engine.Collection) -> None:
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2500) "
    assert run(things, numbers + "INSERT INTO things (n) SELECT x FROM n").changes == 2500
    assert run(things, "UPDATE things SET n = n + 1, code = 'same'").changes == 2503
    assert run(things, "UPDATE things SET code = 'equal'").changes == 2503
    answer = run(things, "SELECT count(*) AS c, sum(n) AS s, min(code) AS m FROM things")
    assert answer.rows == [{"c": 2503, "s": 3 + sum(range(1, 2501)) + 2502, "m": "equal"}]
    assert run(things, "DELETE FROM things WHERE n > 100").changes > 2000


def test_a_failure_while_changes_are_stored_changes_nothing(
    things: engine.Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = DocumentSource.apply

    def break_down(source: DocumentSource, changes: TableChanges, ids: dict[int, object]) -> None:
        apply(source, changes, ids)
        raise engine.Unavailable("broken")

    monkeypatch.setattr(DocumentSource, "apply", break_down)
    before = documents(things)
    with pytest.raises(engine.Unavailable):
        run(things, "UPDATE things SET n = n + 1")
    assert documents(things) == before
