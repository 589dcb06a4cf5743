"""The operation /api/sql."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator
from typing_extensions import TypedDict

import engine
from dataapi.operations.shapes import TAG
from web.operations import FieldErrors, Operation, RequestModel
from web.operations.types import Success, Text

_ONE = "Send the statement as query, or as sql."
_NONE: Any = ""


class SqlRequest(RequestModel):
    """A database and a statement."""

    database_id: Text = Field(description="The database.", examples=["60c72b2f9b1d8b1a2d3e4567"])
    query: Text = Field(
        default=_NONE,
        description="One statement in SQLite's dialect.",
        examples=["SELECT country, count(*) AS users FROM users GROUP BY country"],
    )
    sql: Text = Field(default=_NONE, description="Another name of `query`.")

    @model_validator(mode="after")
    def _check(self) -> SqlRequest:
        if bool(self.query) == bool(self.sql):
            raise FieldErrors([engine.FieldError("query", _ONE)])
        return self

    @property
    def statement(self) -> str:
        return self.query or self.sql


class SqlResponse(TypedDict):
    success: Success
    columns: Annotated[list[str], Field(examples=[["country", "users"]])]
    data: Annotated[list[dict[str, Any]], Field(examples=[[{"country": "FI", "users": 2}]])]
    changes: Annotated[int, Field(examples=[0])]
    truncated: Annotated[bool, Field(examples=[False])]


OPERATIONS = (
    Operation(
        path="/api/sql",
        verb="post",
        id="run_sql",
        tag=TAG,
        summary="Run an SQL Statement",
        description="Runs one SELECT, INSERT, UPDATE or DELETE on the collections of a database, in the dialect of "
        "SQLite. `changes` is the number of documents that were inserted, updated or deleted. `truncated` when the "
        "result has more rows than one response holds.",
        body=SqlRequest,
        responses={200: SqlResponse},
    ),
)
