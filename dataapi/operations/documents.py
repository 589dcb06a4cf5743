"""The operation GET /api/crud."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from django.conf import settings
from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import TypedDict

import engine
from dataapi.operations.shapes import (
    COLLATION,
    DEFAULT_PAGE_SIZE,
    DOCUMENT_ID,
    FILTERS,
    STAMPS,
    TAG,
    Object,
    Objects,
    Target,
    check_page,
)
from web.operations import ErrorText, Operation, header
from web.operations.types import (
    Clamped,
    NotWith,
    OptionalPastTime,
    OptionalText,
    QueryCollation,
    QueryFlag,
    QueryNames,
    QueryObject,
    QueryProjection,
    QuerySort,
    Success,
)

_DOCUMENT = {
    "_id": DOCUMENT_ID,
    "email": "alice@example.com",
    "_sys": STAMPS,
}
_COUNTS = ErrorText(f"{{name}} must be one of {', '.join(engine.Count)}")


def _none_if_blank(value: Any) -> Any:
    return value or None


class FindRequest(Target):
    """One page of a query, by number or after a cursor."""

    filters: QueryObject = Field(default={}, description=FILTERS)
    cursor: OptionalText = Field(default="", description="The `next` of the page before; then without `page`.")
    page: Annotated[int, Clamped(), NotWith("cursor")] = Field(default=1, description="From 1.")
    page_size: Annotated[int, Clamped(settings.MAX_PAGE_SIZE)] = Field(
        default=DEFAULT_PAGE_SIZE,
        description=f"1 to {settings.MAX_PAGE_SIZE:,}; other numbers are moved into that range.",
    )
    sort: QuerySort = Field(
        default=(), description='Names, `-` before one for descending: `name,-age`; or {"name": 1, "age": -1}.'
    )
    fields: QueryProjection = Field(
        default={}, description='Names to keep, or with `-` to leave out: `name,email`; or {"name": 1}.'
    )
    as_of: Annotated[OptionalPastTime, NotWith("cursor")] = Field(
        default=None, description="A past time in ISO 8601: read the collection as it was then."
    )
    count: Annotated[engine.Count | None, _COUNTS, BeforeValidator(_none_if_blank), NotWith("as_of")] = Field(
        default=None, description="How the totals are counted."
    )
    explain: Annotated[QueryFlag, NotWith("as_of")] = Field(
        default=False, description="Return how the documents are found, instead of the documents."
    )
    expand: Annotated[QueryNames, NotWith("as_of")] = Field(
        default=(), description="References to follow: `author,author.company`."
    )
    collation: Annotated[QueryCollation, NotWith("as_of")] = Field(default=None, description=COLLATION)
    score: Annotated[QueryFlag, NotWith("as_of", "explain")] = Field(
        default=False, description="With `$text`: the best matches first, each with `_sys.score`."
    )

    _check_page = model_validator(mode="after")(check_page)

    def query(self) -> engine.Query:
        return engine.Query(
            filter=self.filters,
            sort=self.sort,
            fields=self.fields,
            skip=(self.page - 1) * self.page_size,
            limit=self.page_size,
            cursor=self.cursor or "",
            count=self.count,
            expand=self.expand,
            collation=self.collation,
            score=self.score,
        )

    @property
    def page_number(self) -> int | None:
        """The number of the page; a page after a cursor has none."""
        return None if self.cursor else self.page


class Pagination(TypedDict):
    page: int | None
    page_size: Annotated[int, Field(examples=[DEFAULT_PAGE_SIZE])]
    total_items: int | None
    total_pages: int | None
    count: str | None


class PageResponse(TypedDict):
    success: Success
    data: Annotated[Objects, Field(examples=[[_DOCUMENT]])]
    pagination: Pagination
    next: NotRequired[Annotated[str | None, Field(examples=[None])]]


class ExplainResponse(TypedDict):
    success: Success
    explain: Object


FIND = Operation(
    path="/api/crud",
    verb="get",
    id="find_documents",
    tag=TAG,
    summary="Find Documents",
    description="One page of the documents that match. `filters` is a JSON object in MongoDB's query language, "
    "of which an allow-list of operators is taken; ids may be written as text.",
    query=FindRequest,
    parameters=(
        header("If-None-Match", "The ETag of the one document that `filters` names; 304 when it is the same."),
    ),
    responses={200: PageResponse | ExplainResponse},
)
