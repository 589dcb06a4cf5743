"""The operations of versions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from dialects.communibase.operations.parameters import FieldsParameters, PageParameters
from dialects.communibase.operations.shapes import HISTORY, ID, STAMPS, Document, Selector, operations

_VERSION_ID = "6560a1c2d3e4f5a6b7c8d9e1"


class VersionInformation(TypedDict):
    """A version, without its content. `refId` is the document's id."""

    _id: Annotated[str, Field(examples=[_VERSION_ID])]
    refId: Annotated[Any, Field(examples=[ID])]
    updatedAt: Annotated[Any, Field(examples=[STAMPS["updatedAt"]])]
    updatedBy: Annotated[str, Field(examples=[STAMPS["updatedBy"]])]


OPERATIONS = (
    *operations(
        "get",
        f"{HISTORY}/{{id}}",
        "history",
        "List Versions",
        "The versions of an existing or deleted document, the latest first.",
        responses={200: list[VersionInformation]},
    ),
    *operations(
        "get",
        f"{HISTORY}/{{id}}/{{version}}",
        "version",
        "Read a Version",
        "The document as it was at a version.",
        query=FieldsParameters,
        responses={200: Document},
    ),
    *operations(
        "post",
        f"{HISTORY}/search",
        "history_search",
        "Search Versions",
        "The versions that a selector matches, those of deleted documents included, the latest change first.",
        query=PageParameters,
        body=Selector,
        responses={200: list[VersionInformation]},
    ),
    *operations(
        "post",
        f"{HISTORY}/undelete/{{id}}",
        "undelete",
        "Restore a Document",
        "Restores a deleted document and answers with it.",
        responses={200: Document},
    ),
)
