"""What the operations of this dialect share: path parameters, keys and the shape of errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from web.operations import Operation

TAG = "Airsequel dialect"
KEYS: list[dict[str, list[str]]] = [{"Bearer": []}, {"Api-Key": []}]
# Addresses that a visitor of a public database, or everyone, may read.
OPEN: list[dict[str, list[str]]] = [*KEYS, {}]
# Addresses for people alone, and those for everyone.
PERSON: list[dict[str, list[str]]] = [{"Bearer": []}]
PUBLIC: list[dict[str, list[str]]] = [{}]
_VARIABLES: dict[str, str] = {
    "db_id": "The id of a database.",
    "readonly_id": "The read-only id of a database.",
    "table": "The name of a table.",
    "column": "The name of a column.",
}


class AirsequelErrorItem(TypedDict):
    message: str


class AirsequelError(TypedDict):
    """The body of an error."""

    errors: list[AirsequelErrorItem]


class Nothing(TypedDict):
    """An empty object."""


def operation(
    verb: str,
    path: str,
    name: str,
    summary: str,
    text: str,
    *,
    variables: Mapping[str, str] | None = None,
    answer: Any = Nothing,
    **extra: Any,
) -> Operation:
    """Build an operation. `variables` are parameters of its path besides `_VARIABLES`, `answer` is its body."""
    texts = {**_VARIABLES, **(variables or {})}
    names = [part[1:].partition("}")[0] for part in path.split("/") if part.startswith("{")]
    return Operation(
        path=path,
        verb=verb,
        id=f"airsequel_{name}",
        tag=TAG,
        summary=summary,
        description=text,
        parameters=[_parameter(name, texts[name]) for name in names],
        error_schema="AirsequelError",
        **{"security": KEYS, "responses": {200: answer}, **extra},
    )


def _parameter(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": text}
