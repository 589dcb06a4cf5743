"""SQLite files of large databases, as jobs: the file is kept for a day, for those who may read the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

import engine
import features.jobs.services
from accounts.principal import AccountPrincipal, Principal
from audit import services as audit
from catalog.services.access import open_database, team_of
from catalog.services.hidden_fields import ROWID
from features.jobs import spool
from features.jobs.models import Job, Task
from features.jobs.services import TaskHandler
from features.jobs.services.leases import Lease, principal_of
from features.jobs.services.submission import record
from features.sql.exporting import FileBounds, pieces_of, write_sqlite_file
from features.sql.tables import SqlColumn, SqlTable

_SECONDS = 1_800.0
_NO_FILE = "The file is not there: its job is running, has failed, or has ended more than a day ago."


@dataclass(frozen=True)
class _Source:
    """Reads the tables of a database for a job, and saves its progress."""

    job: Job
    lease: Lease

    def count(self, table: str) -> int:
        return self._collection(table).count()

    def batches(
        self, table: str, paths: Sequence[str], filter: Mapping[str, Any] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        query = engine.Query(filter=filter or {}, fields=dict.fromkeys(paths, 1), sort=((ROWID, 1),))
        for documents in self._collection(table).each(query):
            self.lease.save_periodically()
            yield documents

    def _collection(self, table: str) -> engine.Collection:
        database = open_database(principal_of(self.job), self.job.database_id, collection=table)
        return database.collection(table).with_hidden_fields()


def submit_download(
    principal: AccountPrincipal,
    database: engine.Database,
    tables: Sequence[SqlTable],
    *,
    definitions: Mapping[str, str],
    rows: int,
) -> str:
    """Record the job that makes the file of some tables, whose rows have rowids, and return its id."""
    database.require(engine.Action.READ)
    plan = {"tables": [asdict(table) for table in tables], "definitions": dict(definitions)}
    return record(principal, database, task=Task.DOWNLOAD, plan=plan, size=rows)


def open_result(principal: Principal, database_id: str, job_id: str) -> Iterator[bytes]:
    """Return the pieces of the file that a job made of a database. Raises `NotFound`."""
    open_database(principal, database_id).require(engine.Action.READ)
    status = features.jobs.services.status(principal, job_id)
    if (status.task, status.database_id, status.state) != (Task.DOWNLOAD, database_id, "done"):
        raise engine.NotFound(_NO_FILE)
    try:
        file = spool.result_path_of(job_id).open("rb")
    except FileNotFoundError as error:
        raise engine.NotFound(_NO_FILE) from error
    team = team_of(principal, database_id)
    audit.record("download.open", actor=principal.actor, team=team, database=database_id, job=job_id)
    return pieces_of(file)


def make(job: Job, lease: Lease) -> None:
    """Write the file; it has its name when it is whole."""
    tables = [_table(stored) for stored in job.plan["tables"]]
    path = spool.result_path_of(job.pk)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".result-{lease.owner}")
    try:
        with partial.open("xb") as target:
            write_sqlite_file(
                target,
                tables,
                _Source(job, lease),
                tenant=str(team_of(principal_of(job), job.database_id)),
                definitions=job.plan["definitions"],
                bounds=FileBounds(settings.MAX_SQLITE_BYTES, _SECONDS),
            )
        lease.save(rows=job.size, position=job.size)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _table(stored: Mapping[str, Any]) -> SqlTable:
    columns = tuple(SqlColumn(**column) for column in stored["columns"])
    return SqlTable(stored["name"], columns, stored["rowid"])


def undo(job: Job) -> None:
    """Delete what the job has made."""
    spool.result_path_of(job.pk).unlink(missing_ok=True)


HANDLER = TaskHandler(make, undo)
