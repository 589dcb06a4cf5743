"""The operations of the version history."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from bson import ObjectId
from pydantic import Field, PlainValidator, WithJsonSchema, model_validator
from typing_extensions import TypedDict

import engine
from dataapi.operations.shapes import (
    AT,
    DEFAULT_PAGE_SIZE,
    DOCUMENT_ID,
    FILTERS,
    STAMPS,
    Objects,
    OptionalTime,
    PageNumber,
    PageSize,
    Target,
    Time,
    check_page,
)
from web.operations import Operation
from web.operations.types import Count, Digits, DocumentId, PastTime, QueryObject, Success

TAG = "History API"
_SUPERSEDED_AT = "2026-11-20T11:00:00Z"
_SUPERSEDED = {
    "superseded_at": _SUPERSEDED_AT,
    "superseded_by": "u1",
    "superseded_by_operation": "delete",
    "superseded_via": "data",
}
_VERSION = {"_id": DOCUMENT_ID, "email": "alice@example.com", "_sys": {**STAMPS, **_SUPERSEDED}}
Number = Annotated[int, Digits(is_blank_missing=True)]


def _object_id(value: Any) -> ObjectId:
    if value is None or value == "":
        raise ValueError("document_id is required")
    if type(value) is not str or "\0" in value:
        raise ValueError("document_id must be a string without NUL")
    if not ObjectId.is_valid(value):
        raise ValueError("document_id must be an id of 24 hexadecimal digits")
    return ObjectId(value)


class DocumentRequest(Target):
    """A document, which may be deleted."""

    document_id: Annotated[ObjectId, PlainValidator(_object_id), WithJsonSchema({"type": "string"})] = Field(
        description="The document, which may be deleted.", examples=[DOCUMENT_ID]
    )


class VersionsRequest(DocumentRequest):
    """A page of the versions of a document."""

    page: PageNumber = 1
    page_size: PageSize = DEFAULT_PAGE_SIZE
    _check_page = model_validator(mode="after")(check_page)

    @property
    def skip(self) -> int:
        return (self.page - 1) * self.page_size


class VersionRequest(DocumentRequest):
    """One version of a document."""

    version: Number = Field(description="Its number, from 1.")


class DiffRequest(DocumentRequest):
    """Two versions of a document."""

    one: Number = Field(alias="from", description="The number of one version.")
    other: Number = Field(alias="to", description="The number of the other.")


class SearchRequest(Target):
    """A query over all versions of a collection."""

    filters: QueryObject = Field(default={}, description=FILTERS)
    page: PageNumber = 1
    page_size: PageSize = DEFAULT_PAGE_SIZE
    _check_page = model_validator(mode="after")(check_page)

    def query(self) -> engine.Query:
        skip = (self.page - 1) * self.page_size
        return engine.Query(filter=self.filters, skip=skip, limit=self.page_size)


class PruneRequest(Target, extra="forbid"):
    """A collection whose versions that were superseded before a time are to be deleted."""

    before: PastTime = Field(examples=["2026-11-01T00:00:00Z"])


VersionObject = TypedDict(
    "VersionObject",
    {
        "version": Annotated[int, Field(examples=[1])],
        "from": Annotated[Time, Field(examples=[AT])],
        "changed_by": Annotated[str | None, Field(examples=["k1"])],
        "superseded_at": Annotated[OptionalTime, Field(examples=[_SUPERSEDED_AT])],
        "superseded_by": Annotated[str | None, Field(examples=["u1"])],
        "superseded_by_operation": Annotated[str | None, Field(examples=["delete"])],
        "superseded_via": Annotated[str | None, Field(examples=["data"])],
    },
)


class VersionsResponse(TypedDict):
    success: Success
    document_id: DocumentId
    versions: list[VersionObject]
    more: Annotated[bool, Field(examples=[False])]


class PruneResponse(TypedDict):
    success: Success
    forgotten_versions: Annotated[Count, Field(examples=[1204])]


class VersionResponse(TypedDict):
    success: Success
    data: Annotated[Any, WithJsonSchema({"type": "object", "examples": [_VERSION]})]


class DifferenceObject(TypedDict):
    field: Annotated[str, Field(examples=["age"])]
    before: NotRequired[Annotated[Any, Field(examples=[41])]]
    after: NotRequired[Annotated[Any, Field(examples=[42])]]


class DiffResponse(TypedDict):
    success: Success
    changes: list[DifferenceObject]


class SearchResponse(TypedDict):
    success: Success
    data: Annotated[Objects, Field(examples=[[_VERSION]])]
    more: Annotated[bool, Field(examples=[False])]


OPERATIONS = (
    Operation(
        path="/api/history",
        verb="get",
        id="document_history",
        tag=TAG,
        summary="History of a Document",
        description="The versions of a document, latest first: who created each one, and who replaced or deleted "
        "it, when and how. `superseded_at` is null for the current version.",
        query=VersionsRequest,
        responses={200: VersionsResponse},
    ),
    Operation(
        path="/api/history",
        verb="delete",
        id="forget_history",
        tag=TAG,
        summary="Forget old Versions",
        description="Deletes, for good, the versions of a collection that were superseded before a time; its "
        "history then begins at that time. A key needs the permission `own`.",
        body=PruneRequest,
        responses={200: PruneResponse},
    ),
    Operation(
        path="/api/history/version",
        verb="get",
        id="document_version",
        tag=TAG,
        summary="Read a Version",
        description="A document as it was in one of its versions.",
        query=VersionRequest,
        responses={200: VersionResponse},
    ),
    Operation(
        path="/api/history/diff",
        verb="get",
        id="document_diff",
        tag=TAG,
        summary="Compare two Versions",
        description="What changed from one version of a document to another. `before` or `after` is left out where "
        "the field was absent.",
        query=DiffRequest,
        responses={200: DiffResponse},
    ),
    Operation(
        path="/api/history/search",
        verb="get",
        id="search_history",
        tag=TAG,
        summary="Search all States",
        description="Every version of any document of the collection, deleted documents included, that matches "
        "`filters`; the latest change first. The `_sys` of a superseded version says when and how it was "
        "superseded.",
        query=SearchRequest,
        responses={200: SearchResponse},
    ),
)
