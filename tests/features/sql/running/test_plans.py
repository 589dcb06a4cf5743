"""Plans: what a process says that its statement reads and writes is checked."""

from __future__ import annotations

from typing import Any

import pytest

from features.sql.process import ProcessError, Refused
from features.sql.running.plans import StatementPlan
from features.sql.tables import SqlColumn, SqlTable
from tests.features.sql.support import table

USERS, TEAMS = table("users", ("id", "key"), ("name", "TEXT")), table("teams", ("title", "TEXT"))
HIDDEN = SqlTable("hidden", tuple(SqlColumn(name, name, "TEXT") for name in ("rowid", "oid", "_rowid_")), "_rowid")
TABLES = [USERS, TEAMS, HIDDEN]


def plan(**message: Any) -> StatementPlan:
    return StatementPlan.of({"reads": {}, **message}, TABLES)


def test_what_a_statement_reads_and_writes() -> None:
    read = plan(reads={"users": ["name"], "teams": [""]})
    assert [(item.paths, item.only_counts) for item in read.reads] == [
        (["_rowid", "name"], False),
        (["_rowid"], True),
    ]
    assert (read.target, read.kinds) == (None, frozenset())
    writes = {"table": "users", "kinds": ["update"], "columns": ["name"]}
    written = plan(reads={"users": ["name"], "teams": [""]}, writes=writes)
    assert [(item.paths, item.only_counts) for item in written.reads] == [
        (["_rowid"], False),
        (["_rowid", "name"], False),
    ]
    assert (written.target, written.kinds, written.is_keyed) == (USERS, {"update"}, False)
    keyed = plan(writes={"table": "users", "kinds": ["insert"], "columns": []}, keyed=True)
    assert (keyed.reads, keyed.is_keyed) == ((), True)


@pytest.mark.parametrize(
    "writes",
    [
        [],
        {},
        {"table": "secrets", "kinds": ["insert"], "columns": []},
        {"table": {"$where": 1}, "kinds": ["insert"], "columns": []},
        {"table": "users", "kinds": [], "columns": []},
        {"table": "users", "kinds": ["drop"], "columns": []},
        {"table": "users", "kinds": "insert", "columns": []},
        {"table": "users", "kinds": ["insert"], "columns": None},
    ],
)
def test_what_no_statement_writes_is_an_error(writes: Any) -> None:
    with pytest.raises(ProcessError):
        plan(writes=writes)


@pytest.mark.parametrize(("name", "column"), [("users", "id"), ("teams", "ROWID"), ("hidden", "oid")])
def test_rowids_stay(name: str, column: str) -> None:
    with pytest.raises(Refused, match="rowid"):
        plan(writes={"table": name, "kinds": ["update"], "columns": [column]})
