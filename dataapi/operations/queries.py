"""The operations /api/distinct and /api/aggregate."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

import engine
from dataapi.operations.shapes import COLLATION, FILTERS, TAG, Target
from web.operations import Operation
from web.operations.types import CollationObject, QueryCollation, QueryObject, Success, Text

_PIPELINE = [{"$group": {"_id": "$country", "users": {"$sum": 1}}}, {"$sort": {"users": -1}}]
_OBJECTS = WithJsonSchema({"type": "array", "items": {"type": "object"}})


class DistinctRequest(Target):
    """A field, and the query of the documents whose values to read."""

    field: Text = Field(description="The field, or a dotted path.")
    filters: QueryObject = Field(default={}, description=FILTERS)
    collation: QueryCollation = Field(default=None, description=COLLATION)

    def query(self) -> engine.Query:
        return engine.Query(filter=self.filters, collation=self.collation)


class DistinctResponse(TypedDict):
    success: Success
    field: Annotated[str, Field(examples=["tags"])]
    values: Annotated[list[Any], Field(examples=[["new", "old"]])]
    truncated: Annotated[bool, Field(examples=[False])]


class AggregateRequest(Target):
    """A pipeline, which the engine validates."""

    pipeline: Annotated[Any, _OBJECTS] = Field(examples=[_PIPELINE])
    collation: CollationObject = None


class AggregateResponse(TypedDict):
    success: Success
    data: Annotated[list[Any], _OBJECTS, Field(examples=[[{"_id": "FI", "users": 2}, {"_id": None, "users": 1}]])]


OPERATIONS = (
    Operation(
        path="/api/distinct",
        verb="get",
        id="distinct_values",
        tag=TAG,
        summary="Distinct Values",
        description="The values of a field in the documents that match, each once, in MongoDB's order; arrays "
        "count by their elements. `truncated` when there are more values than one response holds.",
        query=DistinctRequest,
        responses={200: DistinctResponse},
    ),
    Operation(
        path="/api/aggregate",
        verb="post",
        id="aggregate_documents",
        tag=TAG,
        summary="Aggregate Documents",
        description="Runs a pipeline of MongoDB's stages, of which an allow-list is accepted. It may read other "
        "collections of the same database, and writes nothing.",
        body=AggregateRequest,
        responses={200: AggregateResponse},
    ),
)
