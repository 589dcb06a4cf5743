"""The declared operations of prompts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from dialects.airsequel.shapes import operation
from web.operations import ErrorText, RequestModel

_MAX_NAME = 100
_NO_PROMPT = "Must be a text that is not empty, without NUL."
_FUNCTION = "01hg5j9esf8xvwvrjej58feybn"
_NOT_CONFIGURED = {"501": "The installation has no language model."}
Name = Annotated[
    str,
    StringConstraints(strict=True, max_length=_MAX_NAME, pattern=r"^[^\x00]*$"),
    ErrorText(f"Must be a name of at most {_MAX_NAME} characters, or null."),
]
Prompt = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, pattern=r"^[^\x00]*$"),
    ErrorText(_NO_PROMPT, missing=_NO_PROMPT),
]


class PromptContext(RequestModel):
    """What a description is about."""

    function: Name | None = Field(default=None, alias="funcId", examples=[_FUNCTION])
    prompt: Prompt | None = Field(default=None, examples=["Insert a new user"], description="What matters in it.")
    table: Name | None = Field(default=None, alias="tableName", examples=[None])


class PromptBody(RequestModel):
    """A request in words. With `funcId` the suggestion is the code of a function, else an SQL statement."""

    function: Name | None = Field(default=None, alias="funcId", examples=[_FUNCTION])
    prompt: Prompt = Field(examples=["Insert a new user"])
    table: Name | None = Field(default=None, alias="tableName", examples=[None])


class Suggestion(TypedDict):
    """Code that a language model suggests. Nothing has run it."""

    code: Annotated[str, Field(examples=["INSERT INTO users (name) VALUES ('John')"])]
    language: Literal["sql", "typescript"]


class SuggestedColumn(TypedDict):
    name: Annotated[str, Field(examples=["name"])]
    sqliteDataType: Annotated[str, Field(examples=["TEXT"])]


class SuggestedTable(TypedDict):
    columns: list[SuggestedColumn]
    name: Annotated[str, Field(examples=["users"])]


class SuggestedDatabase(TypedDict):
    """Tables that a language model suggests. `query` is that of a new database; nothing has been created."""

    query: Annotated[str, Field(examples=["CREATE TABLE users (name TEXT)"])]
    tables: list[SuggestedTable]


class AirsequelDescription(TypedDict):
    """A text, from a language model, or from the schema where the installation has none."""

    description: Annotated[str, Field(examples=["1 table. users: name (TEXT)."])]
    source: Literal["model", "schema"]


def _describing(what: str, text: str) -> Any:
    return operation(
        "post",
        f"/api/dbs/{{db_id}}/prompt/describe-{what}",
        f"describe_{what}",
        f"Describe a {what.title()}",
        text,
        body=PromptContext,
        answer=AirsequelDescription,
    )


OPERATIONS = (
    operation(
        "post",
        "/api/dbs/{db_id}/prompt",
        "prompt",
        "Suggest Code",
        "Suggests an SQL statement, or the code of a function. The language model gets the schema, and no rows.",
        body=PromptBody,
        errors=_NOT_CONFIGURED,
        answer=Suggestion,
    ),
    operation(
        "post",
        "/api/prompt/create-database",
        "prompt_database",
        "Suggest a Database",
        "Suggests tables, for the `query` of a new database. Nothing is created.",
        body=PromptBody,
        errors=_NOT_CONFIGURED,
        answer=SuggestedDatabase,
    ),
    _describing("database", "Suggests a description of the database, from its schema."),
    _describing("table", "Suggests a description of a table, or of all tables without `tableName`."),
    _describing("function", "Suggests a description of a function. 404 for an unknown one."),
)
