"""SQLite files that jobs make."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import engine
import features.jobs.services
from accounts.principal import AccountPrincipal
from audit.models import AuditEntry
from catalog.services.creation import create_database
from catalog.services.hidden_fields import ROWID, ROWID_FIELD
from features.jobs import spool
from features.sql.tables import SqlColumn, SqlTable
from features.sqlite_files.services.exporting import open_result, submit_download


@pytest.fixture(autouse=True)
def own_spool(settings: Any, tmp_path: Path) -> None:
    settings.SPOOL = tmp_path / "spool"


def test_the_file_of_a_job(owner: AccountPrincipal) -> None:
    collections = [{"name": "t", "fields": [ROWID_FIELD, {"name": "n", "type": "number"}]}]
    database, _ = create_database(owner, name="source", collections=collections)
    database.collection("t").insert([{"n": number} for number in range(3)])
    tables = [SqlTable("t", (SqlColumn("n", "n", "INT"),), ROWID)]
    definitions = {"t": 'CREATE TABLE "t" ("n" INT UNIQUE)'}
    job_id = submit_download(owner, database, tables, definitions=definitions, rows=3)
    with pytest.raises(engine.NotFound):
        open_result(owner, database.id, job_id)
    features.jobs.services.run(job_id)
    assert not AuditEntry.objects.filter(action="download.open").exists()
    content = b"".join(open_result(owner, database.id, job_id))
    entry = AuditEntry.objects.get(action="download.open")
    assert (entry.actor, entry.team_id, entry.database_id) == (owner.actor, owner.home_team, database.id)
    assert entry.detail == {"job": job_id}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content)
        assert connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'table'").fetchall() == [
            (definitions["t"],)
        ]
        assert connection.execute("SELECT rowid, n FROM t").fetchall() == [(1, 0), (2, 1), (3, 2)]
    path = spool.result_path_of(job_id)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    os.utime(path, (0, 0))
    features.jobs.services.remove_orphans()
    with pytest.raises(engine.NotFound, match="more than a day ago"):
        open_result(owner, database.id, job_id)
