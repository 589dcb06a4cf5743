"""An operation is described from its declaration."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from web.openapi import ERRORS, add
from web.operations import Operation, RequestModel, header
from web.operations.types import Digits, Flag, QueryObject, Success, Text


class Filter(RequestModel):
    """What to find."""

    filters: QueryObject = Field(default={}, description="JSON.")
    page: Annotated[int, Digits(maximum=9)] = Field(default=1, description="From 1.")
    name: Text = Field(description="The name.", examples=["a"])


class Inner(TypedDict):
    title: str
    size: NotRequired[int | None]


class Found(TypedDict):
    success: Success
    items: list[Inner]
    count: NotRequired[Annotated[int, Field(examples=[7])]]


class Body(RequestModel):
    name: Text
    flag: Flag = False


OPERATION = Operation(
    path="/x",
    verb="get",
    id="x",
    tag="X",
    summary="X",
    description="X.",
    query=Filter,
    body=Body,
    responses={200: Found},
    parameters=[header("If-Match", "An ETag.")],
    errors={"412": "Changed."},
)


def described() -> dict[str, Any]:
    return add({"paths": {"/y": {}}}, [OPERATION])["paths"]["/x"]["get"]


def test_parameters() -> None:
    assert described()["parameters"] == [
        {"name": "filters", "in": "query", "required": False, "schema": {"type": "string"}, "description": "JSON."},
        {
            "name": "page",
            "in": "query",
            "required": False,
            "schema": {"type": "integer", "minimum": 1, "maximum": 9, "default": 1},
            "description": "From 1.",
        },
        {"name": "name", "in": "query", "required": True, "schema": {"type": "string"}, "description": "The name."},
        header("If-Match", "An ETag."),
    ]


def test_a_body_and_its_example() -> None:
    assert described()["requestBody"]["content"]["application/json"] == {
        "schema": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "flag": {"type": "boolean", "default": False}},
        },
        "example": {"name": "…"},
    }


def test_responses_and_their_examples() -> None:
    content = described()["responses"]["200"]["content"]["application/json"]
    inner = {"title": {"type": "string"}, "size": {"type": "integer", "nullable": True}}
    assert content["schema"]["properties"]["items"]["items"] == {
        "type": "object",
        "required": ["title"],
        "properties": inner,
    }
    assert content["example"] == {"success": True, "items": [{"title": "…"}], "count": 7}
    assert set(described()["responses"]) == {"200", "412", *ERRORS}


def test_an_error_may_be_a_page() -> None:
    assert list(described()["responses"]["412"]["content"]) == ["application/json"]
    pages = replace(OPERATION, has_error_pages=True).as_dict()["responses"]["412"]["content"]
    assert list(pages) == ["application/json", "text/html"]
