"""What the requests and responses of several operations share."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

import engine
from web.operations import FieldErrors, RequestModel
from web.operations.types import Digits, Success, Text

TAG = "Data API"
DOCUMENT_ID = "6560a1c2d3e4f5a6b7c8d9e0"
AT = "2026-11-20T10:00:00Z"
STAMPS = {"version": 1, "created": AT, "created_by": "k1", "updated": AT, "updated_by": "k1"}
FILTERS = 'JSON, such as {"email": "alice@example.com"}.'
COLLATION = 'How text is compared: {"locale": "en", "strength": 2}.'
DEFAULT_PAGE_SIZE = 50

Object = Annotated[Any, WithJsonSchema({"type": "object"})]
Objects = Annotated[list[Any], WithJsonSchema({"type": "array", "items": {"type": "object"}})]
Actor = Annotated[str | None, Field(examples=["k1"])]
Time = Annotated[Any, WithJsonSchema({"type": "string"})]
OptionalTime = Annotated[Any, WithJsonSchema({"type": "string", "nullable": True})]


class Target(RequestModel):
    """The collection of a request."""

    database_id: Text = Field(description="The database.", examples=["60c72b2f9b1d8b1a2d3e4567"])
    collection_name: Text = Field(description="The collection.", examples=["users"])


def check_page(request: Any) -> Any:
    """Check a request with `page` and `page_size`; a validator of the whole model."""
    if request.page * request.page_size >= 2**31:
        text = "page is too large: page times page_size must be less than 2147483648"
        raise FieldErrors([engine.FieldError("page", text)])
    return request


PageNumber = Annotated[int, Digits(), Field(description="From 1.")]
PageSize = Annotated[int, Digits(settings.MAX_PAGE_SIZE), Field(description=f"Up to {settings.MAX_PAGE_SIZE:,}.")]


class DocumentResponse(TypedDict):
    success: Success
    data: Annotated[Object, Field(examples=[{"_id": DOCUMENT_ID, "email": "alice@example.com", "_sys": STAMPS}])]


class AcceptedResponse(TypedDict):
    """A job that runs in the background."""

    success: Success
    job_id: Annotated[str, Field(examples=["9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"])]
    status_url: Annotated[
        str, Field(examples=["http://127.0.0.1:8000/api/job_status?job_id=9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"])
    ]
