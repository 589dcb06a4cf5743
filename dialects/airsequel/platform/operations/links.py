"""The operations of links that change something: GET asks on a page, POST makes the change."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from dialects.airsequel.shapes import KEYS, operation

HtmlPage = Annotated[str, WithJsonSchema({"type": "string"})]


class NewId(TypedDict):
    """The new id of a database, or that of its copy."""

    id: Annotated[str, Field(examples=["example-database-wqaldslkjfvlbdxqwehfhj"])]


class NewReadonlyId(TypedDict):
    readonlyId: Annotated[str, Field(examples=["mfbqyg17y98vqk3d0a5h2j7c4e"])]


def _link(path: str, name: str, summary: str, text: str, answer: Any) -> tuple[Any, ...]:
    """Return the operations of both methods of a link."""
    return (
        operation(
            "get",
            path,
            f"ask_to_{name}",
            f"{summary}: Page",
            "A page that asks for confirmation, the same for every id.",
            security=[{}],
            answer_media="text/html",
            answer=HtmlPage,
        ),
        operation("post", path, name, summary, text, security=KEYS, answer=answer),
    )


OPERATIONS = (
    *_link(
        "/dbs/{db_id}/duplicate",
        "duplicate",
        "Duplicate a Database",
        "Copies a database that the caller can read into their own team.",
        NewId,
    ),
    *_link(
        "/dbs/{db_id}/regenerate-db-id",
        "regenerate_id",
        "Regenerate the Id",
        "Gives a database a new id; the previous one is unknown afterwards.",
        NewId,
    ),
    *_link(
        "/dbs/{db_id}/regenerate-readonly-id",
        "regenerate_readonly_id",
        "Regenerate the Read-only Id",
        "Gives a database a new read-only id; the previous one is unknown afterwards.",
        NewReadonlyId,
    ),
    *_link(
        "/readonly/{readonly_id}/duplicate",
        "duplicate_by_link",
        "Duplicate by a Read-only Link",
        "Copies the database of a read-only link into the caller's own team.",
        NewId,
    ),
)
