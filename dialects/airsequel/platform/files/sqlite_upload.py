"""Databases of SQLite files: a new one, or the content of an existing one."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

import features.jobs.services
import features.jobs.tasks
from accounts.principal import AccountPrincipal
from catalog.services.access import open_database
from catalog.services.metadata.attributes import DatabaseProfile, read_profile
from catalog.services.metadata.databases import MAX_TITLE
from dialects.airsequel.platform.files.file_cells import file_fields_of
from dialects.airsequel.platform.files.sqlite_tables import SqliteTables, tables_of
from engine import Action
from features.jobs.services import Status
from features.sql.reading import MAGIC, SqliteReader
from features.sql.slots import shared_slots
from features.sqlite_files.services.importing import submit_new, submit_replacement

_SECONDS = 60.0


@dataclass(frozen=True)
class SqliteUpload:
    """The job of an upload, the database that it fills, and what of the file is changed or left out."""

    status: Status
    profile: DatabaseProfile
    tables: SqliteTables


def is_sqlite(file: UploadedFile) -> bool:
    """Return whether an uploaded file says that it is an SQLite file."""
    start: bytes = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


def read_tables(principal: AccountPrincipal, file: UploadedFile) -> SqliteTables:
    """Return the tables of a file; nothing is created. Raises `Invalid` with every error, and `TooLarge`.

    Takes the place of the team's SQL statement: raises `LimitExceeded` while one runs.
    """
    name = str(file.name or "database.sqlite")[-MAX_TITLE:]
    with (
        shared_slots().of(str(principal.home_team)),
        SqliteReader(file, size=file.size or 0, seconds=_SECONDS) as reader,
    ):
        tables = tables_of(reader.description, attributes={"file_name": name, "file_format": "sqlite"})
    file.seek(0)
    return tables


def create_of_sqlite(principal: AccountPrincipal, file: UploadedFile) -> SqliteUpload:
    """Create a database of a file. A large one is filled by a job, and appears when it is complete."""
    tables = read_tables(principal, file)
    job_id, profile = submit_new(principal, tables.plan, file, title=_title(file))
    return SqliteUpload(_started(principal, job_id), profile, tables)


def replace_by_sqlite(principal: AccountPrincipal, database_id: str, file: UploadedFile) -> SqliteUpload:
    """Replace all tables of a database by those of a file, when all of them are there. Needs `own`."""
    database = open_database(principal, database_id)
    database.require(Action.OWN)
    tables = read_tables(principal, file)
    job_id = submit_replacement(
        principal,
        database_id,
        tables.plan,
        file,
        file_fields=file_fields_of(database),
    )
    return SqliteUpload(_started(principal, job_id), read_profile(principal, database_id), tables)


def _started(principal: AccountPrincipal, job_id: str) -> Status:
    """Return the status of a job that is done, if it is small, or queued. Raises its error if it failed."""
    status = features.jobs.tasks.start(principal, job_id)
    if status.state == "failed":
        raise features.jobs.services.error_of(status)
    return status


def _title(file: UploadedFile) -> str:
    stem = str(file.name or "").rsplit("/", 1)[-1].rpartition(".")[0]
    return stem.replace("\0", "").strip()[:MAX_TITLE] or "database"
