"""The declared operation of SQL."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from dialects.airsequel.shapes import OPEN, operation
from web.operations import ErrorText, RequestModel

_NO_QUERY = "query must be the text of an SQL statement."


class SqlStatement(RequestModel):
    """An SQL statement."""

    query: Annotated[str, Field(strict=True), ErrorText(_NO_QUERY, missing=_NO_QUERY)] = Field(
        description="One statement in SQLite's dialect.", examples=["SELECT * FROM users"]
    )


class SqlResult(TypedDict):
    """The result of a statement, with status 200 also for its errors."""

    affectedTables: Annotated[list[str], Field(examples=[[]])]
    errors: list[str]
    numChanges: int
    rows: Annotated[list[dict[str, Any]], Field(examples=[[{"id": 1, "name": "John"}]])]
    runtimeSeconds: Annotated[float, Field(examples=[0.05])]


OPERATIONS = (
    operation(
        "post",
        "/dbs/{db_id}/sql",
        "sql",
        "Run an SQL Statement",
        "Reads or writes rows, or changes tables, columns, indexes and views. Errors of the statement are in "
        "`errors` of an answer with status 200; what the schema refuses is a 400 or 409.",
        body=SqlStatement,
        security=OPEN,
        answer=SqlResult,
    ),
)
