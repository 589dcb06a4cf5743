"""What the operations of this dialect share: routes, keys, and the shapes of documents and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from web.operations import Operation

# The routes below the database that the key names, and below a database that the address names.
BASES = ("/0.1", "/communibase/{database}/0.1")
TYPE = "/{collection}.json"
CRUD, HISTORY = f"{TYPE}/crud", f"{TYPE}/history"
TAG = "Communibase dialect"
KEYS: list[dict[str, list[str]]] = [{"x-api-key": []}, {"api_key": []}, {"x-access-token": []}, {"Api-Key": []}]
ID = "6560a1c2d3e4f5a6b7c8d9e0"
STAMPS = {"updatedAt": "2026-11-20T10:00:00.000Z", "updatedBy": "joe@example.com"}
DOCUMENT_EXAMPLE = {"_id": ID, "firstName": "Tim", **STAMPS}
_VARIABLES: Mapping[str, str] = {
    "database": "The id of a database or, among those that the key may see, its name.",
    "collection": "The title of an entity type, which is a collection.",
    "id": "The document's id.",
    "version": "The id of a version.",
}
Document = Annotated[dict[str, Any], Field(examples=[DOCUMENT_EXAMPLE])]
Documents = Annotated[list[dict[str, Any]], Field(examples=[[DOCUMENT_EXAMPLE]])]
Selector = Annotated[dict[str, Any], Field(examples=[{"firstName": "Tim"}])]


class CommunibaseFieldError(TypedDict):
    field: str
    message: str


class CommunibaseError(TypedDict):
    """The body of an error."""

    code: int
    message: str
    errors: list[CommunibaseFieldError]


class Destroyed(TypedDict):
    success: Literal[True]


def operations(verb: str, path: str, name: str, summary: str, text: str, **extra: Any) -> list[Operation]:
    """Build an operation for each of the two bases; path parameters come from the braces in the path."""
    return [
        Operation(
            path=base + path,
            verb=verb,
            id=f"communibase_{name}{suffix}",
            tag=TAG,
            summary=summary,
            description=text,
            parameters=[_variable(variable) for variable in _names(base + path)],
            security=KEYS,
            error_schema="CommunibaseError",
            **extra,
        )
        for base, suffix in zip(BASES, ("", "_in_database"), strict=True)
    ]


def _names(path: str) -> list[str]:
    return [part[1:].partition("}")[0] for part in path.split("/") if part.startswith("{")]


def _variable(name: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": _VARIABLES[name]}
