"""The operations of databases, and of the service itself."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from dialects.airsequel.shapes import OPEN, operation
from dialects.airsequel.three_state import ThreeStateText
from web.operations import ErrorText, RequestModel

Title = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[^\x00]*$"), ErrorText("Must be a string without NUL.")
]
FileFormat = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=20, pattern=r"^[\w.-]+$"),
    ErrorText("Must be the name of a file format, with at most 20 characters."),
]
Script = Annotated[str, StringConstraints(strict=True), ErrorText("Must be a string.")]
_TIME = "2023-02-15T10:22:06.487Z"


class NewDatabase(RequestModel):
    """A database to be created."""

    name: Title = Field(examples=["Example Database"], description="Its title, with 1 to 100 characters.")
    team: str | None = Field(
        default=None, strict=True, description="The name of its owner; your own team without it."
    )
    file_format: FileFormat = Field(default="sqlite", alias="fileFormat", description="Only shown.")
    query: Script = Field(
        default="",
        examples=["CREATE TABLE users (name TEXT, email TEXT)"],
        description="CREATE TABLE statements for its tables.",
    )


class DatabaseChange(RequestModel):
    """Members of a database; those that are not sent stay."""

    name: Title | None = Field(default=None, examples=["New Database Name"])
    description: ThreeStateText = Field(default=None, examples=["New Database Description"])
    owner: ThreeStateText = Field(default=None, examples=["johns-team"], description="The name of a team of yours.")


class CreatedDatabase(TypedDict):
    id: Annotated[str, Field(examples=["example-database-wqaldslkjfvlbdxqwehfhj"])]
    ownerName: Annotated[str | None, Field(examples=["some-user"])]
    ownershipUtc: Annotated[str, Field(examples=[_TIME])]


class TableSummary(TypedDict):
    name: str
    tableType: str


class AirsequelDatabase(TypedDict):
    """A database, without its content."""

    auditing: bool
    createdUtc: Annotated[str, Field(examples=[_TIME])]
    description: Annotated[str | None, Field(examples=["This is a description of the database."])]
    environment: Annotated[str | None, Field(examples=["Staging"])]
    fileFormat: Annotated[str, Field(examples=["sqlite"])]
    fileName: Annotated[str | None, Field(examples=["database.sqlite"])]
    id: Annotated[str, Field(examples=["example-database-wqaldslkjfvlbdxqwehfhj"])]
    lastModifiedUtc: Annotated[str, Field(examples=[_TIME])]
    location: dict[str, Any] | None
    name: Annotated[str, Field(examples=["Example Database"])]
    owner: Annotated[str | None, Field(examples=["johns-team"])]
    readonlyId: Annotated[str, Field(examples=["mfbqyg17y98vqk3d0a5h2j7c4e"])]
    schemaLocked: bool
    schemaVersion: int
    size: int
    tables: list[TableSummary]
    userVersion: int
    viewsTab: bool
    visibility: Annotated[str, Field(examples=["private"])]


class AirsequelDatabases(TypedDict):
    databases: list[AirsequelDatabase]
    numberOfDatabases: int


class AzimuttSchema(TypedDict):
    """The schema as Azimutt reads it."""

    relations: list[dict[str, Any]]
    tables: list[dict[str, Any]]


SchemaText = Annotated[str, Field(examples=['CREATE TABLE "users" (\n  "name" TEXT\n);\n'])]


class ServiceStatus(TypedDict):
    status: Annotated[str, Field(examples=["ok"])]
    parts: Annotated[dict[str, str], Field(examples=[{"platform": "ok", "documents": "ok"}])]


OPERATIONS = (
    operation(
        "get",
        "/api/status",
        "status",
        "Status",
        "The state of the service's parts.",
        security=[{}],
        answer=ServiceStatus,
    ),
    operation(
        "get",
        "/api/dbs",
        "list_databases",
        "List Databases",
        "The databases that the caller can see, by name.",
        answer=AirsequelDatabases,
    ),
    operation(
        "post",
        "/api/dbs",
        "create_database",
        "Create a Database",
        "Creates a private database with the tables of a script, and answers with its id; without credentials one "
        "that belongs to nobody and expires, where the operator allows it.",
        security=OPEN,
        body=NewDatabase,
        answer=CreatedDatabase,
    ),
    operation(
        "patch",
        "/api/dbs/{db_id}",
        "change_database",
        "Change a Database",
        "Changes the title, the description or the owner. Members that are not sent stay.",
        body=DatabaseChange,
    ),
    operation(
        "delete",
        "/api/dbs/{db_id}",
        "delete_database",
        "Delete a Database",
        "Deletes a database with everything in it, for good.",
    ),
    operation(
        "get",
        "/api/dbs/{db_id}/schema",
        "read_schema",
        "Read the Schema",
        "CREATE TABLE statements of the tables.",
        security=OPEN,
        answer_media="text/plain",
        answer=SchemaText,
    ),
    operation(
        "get",
        "/api/dbs/{db_id}/azimutt-schema",
        "read_azimutt_schema",
        "Read the Schema for Azimutt",
        "The tables, and their references as relations.",
        security=OPEN,
        answer=AzimuttSchema,
    ),
    operation(
        "post",
        "/api/dbs/{db_id}/vacuum",
        "vacuum",
        "Vacuum",
        "Returns unused space of the tables to the disk.",
    ),
    operation(
        "get",
        "/api/dbs/{db_id}",
        "read_database",
        "Read a Database",
        "One database. A public one is readable without credentials.",
        security=OPEN,
        answer=AirsequelDatabase,
    ),
)
