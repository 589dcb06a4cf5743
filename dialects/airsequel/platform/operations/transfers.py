"""The operations of databases as files."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from dialects.airsequel.platform.operations.databases import CreatedDatabase
from dialects.airsequel.shapes import OPEN, operation
from web.operations import RequestModel
from web.operations.types import QueryFlag

_BINARY = {"type": "string", "format": "binary"}
DatabaseFile = Annotated[bytes, WithJsonSchema(_BINARY)]


class DatabaseUpload(RequestModel):
    """A form with an SQLite file, or with a CSV file, whose first row has the names of the columns."""

    file: Annotated[Any, WithJsonSchema(_BINARY)]


class UploadQuery(RequestModel):
    """Whether an upload is only tried."""

    dry_run: QueryFlag = Field(default=False, description="Answer with the tables of the file, and create nothing.")


class DownloadQuery(RequestModel):
    """The format of a download."""

    format: str = Field(default="sqlite", description="`csv` or `sqlite`.")
    job: str = Field(default="", description="The job that made the SQLite file.")


class ReferenceTarget(TypedDict):
    """The table and the column, null for the primary key, whose values a column has."""

    table: str
    column: str | None


class UploadedColumn(TypedDict):
    """A column of an uploaded file."""

    default: Any
    isNonNull: bool
    isPrimaryKey: bool
    isUnique: bool
    name: str
    references: ReferenceTarget | None
    sqliteDataType: Annotated[str, Field(examples=["TEXT"])]
    validations: dict[str, list[Any]] | None


class UploadedTable(TypedDict):
    """A table of an uploaded file."""

    columns: list[UploadedColumn]
    name: str
    numberOfRows: int


class DryRun(TypedDict):
    """What an uploaded file would become; `notes` say what is changed or left out."""

    notes: list[str]
    tables: list[UploadedTable]


class UploadedDatabase(CreatedDatabase):
    """The database of an uploaded file; `job` is the address of the job that fills it, if it is not complete."""

    job: str | None
    notes: list[str]


class StartedDownload(TypedDict):
    """The address of the job that makes the file of a large database."""

    job: str


class TransferJob(TypedDict):
    """The progress of a job: its state is queued, running, done or failed."""

    download: str | None
    errors: list[str]
    percent: float
    state: Annotated[str, Field(examples=["running"])]


OPERATIONS = (
    operation(
        "post",
        "/dbs",
        "upload_database",
        "Upload a Database",
        "Creates a database with the tables of an SQLite file, or the table of a CSV file. A large SQLite file is "
        "answered with 202 and a job; the database appears when it is complete.",
        query=UploadQuery,
        body=DatabaseUpload,
        media="multipart/form-data",
        responses={200: UploadedDatabase, 202: UploadedDatabase},
    ),
    operation(
        "put",
        "/dbs/{db_id}",
        "replace_database",
        "Replace a Database",
        "Replaces all tables of a database by those of an SQLite file, or by the one of a CSV file.",
        query=UploadQuery,
        body=DatabaseUpload,
        media="multipart/form-data",
        responses={200: UploadedDatabase, 202: UploadedDatabase},
    ),
    operation(
        "get",
        "/dbs/{db_id}/download",
        "download_database",
        "Download a Database",
        "An SQLite file with all tables; or the table as CSV, several as an archive of CSV files. The SQLite file "
        "of a large database is made by a job: the answer is 202 with its address.",
        security=OPEN,
        query=DownloadQuery,
        answer_media="application/vnd.sqlite3",
        answer=DatabaseFile,
    ),
    operation(
        "get",
        "/api/dbs/jobs/{job_id}",
        "read_transfer_job",
        "Read a Job",
        "The progress of an upload or download, and the address of the file that it made.",
        answer=TransferJob,
        variables={"job_id": "The id of a job."},
    ),
)
