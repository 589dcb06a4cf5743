"""What the operations of this dialect share: routes, keys, and the shapes of documents and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from web.operations import Operation

BASE = "/db/{database}"
COLLECTION = BASE + "/rest/{collection}"
DOCUMENT = COLLECTION + "/{id}"
TAG = "REST dialect"
KEYS: list[dict[str, list[str]]] = [{"x-apikey": []}, {"apikey": []}, {"Bearer": []}, {"Api-Key": []}]
NO_KEY_NEEDED = [{}, *KEYS]
ID = "6560a1c2d3e4f5a6b7c8d9e0"
FILE_ID = "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"
DOCUMENT_EXAMPLE = {"_id": ID, "name": "Fred"}
WRITTEN_EXAMPLE = {
    **DOCUMENT_EXAMPLE,
    "_created": "2026-11-20T10:00:00Z",
    "_changed": "2026-11-20T10:00:00Z",
    "_createdby": "api",
    "_changedby": "api",
    "_version": 0,
}
_VARIABLES: Mapping[str, str] = {
    "database": "The id of a database or, among those that the key may see, its name.",
    "collection": "The collection; `.json` may follow.",
    "id": "The document's id.",
    "field": "The field that holds children.",
    "child": "The child's id.",
    "file": "A file's id, or its name.",
}
_OBJECT = {"type": "object"}
Text = Annotated[str, Field(examples=["…"])]


class RestError(TypedDict):
    """The body of an error."""

    name: str
    message: str
    list: Annotated[Any, WithJsonSchema({"type": "array", "items": _OBJECT})]
    status: int


class Deleted(TypedDict):
    result: Annotated[list[str], Field(examples=[[ID]])]


class Done(TypedDict):
    message: Annotated[str, Field(examples=["OK"])]


def one_or_many(example: Any) -> WithJsonSchema:
    """Return the schema of an object or an array of objects."""
    return WithJsonSchema({"oneOf": [_OBJECT, {"type": "array", "items": _OBJECT}], "examples": [example]})


def operation(verb: str, path: str, name: str, summary: str, text: str, **extra: Any) -> Operation:
    """Build an operation; its path parameters come from the braces in `path`."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    errors = {"406": "The requested format is not available."} if "collection" in names else {}
    return Operation(
        path=path,
        verb=verb,
        id=name,
        tag=TAG,
        summary=summary,
        description=text,
        parameters=[_variable(variable) for variable in names],
        errors=errors,
        security=extra.pop("security", KEYS),
        error_schema="RestError",
        **extra,
    )


def _variable(name: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": _VARIABLES[name]}
