"""The declared operation of the toy dialect."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from web.operations import Operation, RequestModel
from web.operations.types import Digits

_PLACE = [
    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": text}
    for name, text in (("database", "The id of a database."), ("collection", "A collection of it."))
]


class SampleRequest(RequestModel):
    """How many documents to read."""

    size: Annotated[int, Digits(100)] = Field(default=10, description="Documents at most.")


class SampleResponse(TypedDict):
    items: Annotated[list[dict[str, Any]], Field(examples=[[{"_id": "6560a1c2d3e4f5a6b7c8d9e0", "name": "Fred"}]])]


OPERATIONS = (
    Operation(
        path="/toy/{database}/{collection}",
        verb="get",
        id="toy_sample",
        tag="Toy dialect",
        summary="Read the First Documents",
        description="The first documents of a collection.",
        parameters=_PLACE,
        query=SampleRequest,
        responses={200: SampleResponse},
    ),
)
