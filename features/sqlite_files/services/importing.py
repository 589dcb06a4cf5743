"""Databases of SQLite files, as jobs that end with the whole file or with nothing, also when processes are killed.

Collections are filled while they are invisible. Ids derive from the job and the number of the row, so a batch that
is repeated changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bson import ObjectId

import engine
import features.files.services
import features.jobs.services
from accounts.principal import AccountPrincipal
from catalog.services.access import open_database, team_of
from catalog.services.hidden_fields import ROWID
from catalog.services.metadata.attributes import DatabaseProfile
from catalog.services.metadata.contents import CollectionContent, abandon_contents, open_contents, publish_contents
from catalog.services.metadata.databases import begin_titled_database
from features.jobs import spool
from features.jobs.models import Job
from features.jobs.services import TaskHandler
from features.jobs.services.cancelling import check_not_cancelled
from features.jobs.services.leases import Lease, principal_of
from features.jobs.spool import ReadableFile
from features.sql.cells import Cell
from features.sql.reading import SqliteReader

_SECONDS = 3_600.0
_CONVERTERS: Mapping[str, Callable[[Any], Any]] = {"boolean": bool}


@dataclass(frozen=True)
class PlannedTable:
    """How a table of the file becomes a collection.

    `fields` are those of the columns, in their order; those in `nullable` are stored where they are null, because a
    default would take their place. The value of `rowid_column` is the rowid where the table has none of its own.
    """

    content: CollectionContent
    fields: Sequence[str]
    kinds: Sequence[str]
    nullable: Sequence[str]
    rowid_column: str
    keys: Sequence[Sequence[str]]
    last_rowid: int

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> PlannedTable:
        return cls(**{**stored, "content": CollectionContent(**stored["content"])})


@dataclass(frozen=True)
class UploadPlan:
    """The tables of a file in its order, the attributes of the database, and the number of all rows."""

    tables: Sequence[PlannedTable]
    attributes: Mapping[str, Any]
    rows: int

    def as_dict(self) -> dict[str, Any]:
        return {"tables": [asdict(table) for table in self.tables], "attributes": dict(self.attributes)}


def submit_new(
    principal: AccountPrincipal, plan: UploadPlan, file: ReadableFile, *, title: str
) -> tuple[str, DatabaseProfile]:
    """Reserve a database and record the job that fills it; return the job's id and the database's profile."""
    profile = begin_titled_database(principal, title=title, attributes=plan.attributes)
    stored = {**plan.as_dict(), "creates": True}
    try:
        job_id = features.jobs.services.submit_contents(
            principal,
            database_id=profile.id,
            team=profile.team,
            actions=engine.ALL_ACTIONS,
            file=file,
            plan=stored,
            size=plan.rows,
        )
    except Exception:
        abandon_contents(profile.id, filler="")
        raise
    return job_id, profile


def submit_replacement(
    principal: AccountPrincipal,
    database_id: str,
    plan: UploadPlan,
    file: ReadableFile,
    *,
    file_fields: Mapping[str, Sequence[str]],
) -> str:
    """Record the job that replaces all collections of a database; return its id. Needs `own`.

    `file_fields` are the fields of the present collections that hold ids of files, which are deleted.
    """
    database = open_database(principal, database_id)
    database.require(engine.Action.OWN)
    return features.jobs.services.submit_contents(
        principal,
        database_id=database.id,
        team=team_of(principal, database_id),
        actions=database.allowed,
        file=file,
        plan={**plan.as_dict(), "file_fields": {name: [*fields] for name, fields in file_fields.items()}},
        size=plan.rows,
    )


def load(job: Job, lease: Lease) -> None:
    """Fill the collections and publish them."""
    check_not_cancelled(job)
    tables = [PlannedTable.of(stored) for stored in job.plan["tables"]]
    contents = [table.content for table in tables]
    targets = open_contents(job.database_id, filler=job.pk, contents=contents, actor=job.grant["actor"])
    replaced_files = job.result.get("replaced_files", [])
    if targets is not None:
        _fill(job, lease, tables, targets)
        replaced_files = sorted(_files_of(job))
        lease.save(rows=job.size, position=job.size, result={"replaced_files": replaced_files})
        publish_contents(job.database_id, filler=job.pk, contents=contents, attributes=job.plan["attributes"])
    for file_id in replaced_files:
        features.files.services.discard(principal_of(job), job.database_id, file_id)
    lease.save(result={"tables": [content.name for content in contents]})


def _fill(job: Job, lease: Lease, tables: Sequence[PlannedTable], targets: Sequence[engine.Collection]) -> None:
    path = spool.path_of(job.pk)
    first = 0
    with path.open("rb") as file, SqliteReader(file, size=path.stat().st_size, seconds=_SECONDS) as reader:
        for number, (table, target) in enumerate(zip(tables, targets, strict=True)):
            row = max(first, job.rows)
            for rows in reader.rows(number, skip=row - first) if row - first < _rows(reader, number) else ():
                check_not_cancelled(job)
                documents = [
                    _document(table, values, number=place) for place, values in enumerate(rows, row - first + 1)
                ]
                target.import_batch(documents, ids=[_id(job, row + index) for index in range(len(rows))])
                row += len(rows)
                lease.save_periodically(rows=row, position=min(row, job.size))
            first += _rows(reader, number)
            _finish(table, target)


def _rows(reader: SqliteReader, number: int) -> int:
    return reader.description.tables[number].rows


def _finish(table: PlannedTable, target: engine.Collection) -> None:
    """Create the indexes of several columns, and let new rows have larger numbers than those of the file."""
    for names in table.keys:
        target.indexes.make_unique_together(names)
    numbered = [field["name"] for field in table.content.fields if field["type"] == "autonumber"]
    target.number_after(numbered, table.last_rowid)


def _document(table: PlannedTable, row: Sequence[Cell], *, number: int) -> dict[str, Any]:
    """Return the document of a row; `number` is its rowid where the table has none."""
    rowid, *cells = row
    document: dict[str, Any] = {}
    for name, kind, value in zip(table.fields, table.kinds, cells, strict=True):
        if value is not None:
            document[name] = _CONVERTERS.get(kind, _same)(value)
        elif name in table.nullable:
            document[name] = None
    document[ROWID] = document[table.rowid_column] if table.rowid_column else rowid if rowid is not None else number
    return document


def _same(value: Any) -> Any:
    return value


def _files_of(job: Job) -> set[str]:
    """Return the ids of the files in the cells that are about to be replaced."""
    fields: Mapping[str, Sequence[str]] = job.plan.get("file_fields", {})
    if not fields:
        return set()
    database = open_database(principal_of(job), job.database_id)
    return {
        document[name]
        for collection, names in fields.items()
        if collection in database.specs
        for batch in database.collection(collection).each(engine.Query(fields=dict.fromkeys(names, 1)))
        for document in batch
        for name in names
        if type(document.get(name)) is str
    }


def _id(job: Job, row: int) -> ObjectId:
    return ObjectId(f"{job.prefix}{row:08x}")


def undo(job: Job) -> None:
    abandon_contents(job.database_id, filler=job.pk)


HANDLER = TaskHandler(load, undo)
