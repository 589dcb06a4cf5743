"""The operations that restore documents and collections."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypedDict

from dataapi.operations.history import TAG, DocumentRequest
from dataapi.operations.shapes import AcceptedResponse, DocumentResponse, Object
from dataapi.operations.writes import IDEMPOTENCY_KEY, REUSED
from web.operations import ErrorText, Operation, RequestModel
from web.operations.types import ABSENT, Flag, PastTime, Success, Text

_VERSION = "version must be a whole number of at least 1"


class RestoreRequest(DocumentRequest, extra="forbid"):
    """A document, and the version to restore it to."""

    version: Annotated[int, Field(strict=True, ge=1), ErrorText(_VERSION, missing=_VERSION)] = Field(examples=[1])


def _refused(value: Any, info: ValidationInfo) -> Any:
    raise ValueError(f"{info.field_name} does not go with as_of")


_Refused = SkipJsonSchema[Annotated[Any, AfterValidator(_refused)]]


class RestoreToRequest(RequestModel, extra="forbid"):
    """A collection, or without a name all collections of a database, and the time to restore them to.

    Unknown members are errors: a mistyped name must not restore a whole database.
    """

    database_id: Text
    collection_name: Text = ABSENT
    document_id: _Refused = None
    version: _Refused = None
    as_of: PastTime
    with_schema: Flag = False
    dry_run: Flag = False


class RestoreToResponse(TypedDict):
    success: Success
    dry_run: bool
    job_id: str
    collections: Object
    skipped: list[str]


class UndeleteRequest(DocumentRequest):
    """A deleted document."""


OPERATIONS = (
    Operation(
        path="/api/restore",
        verb="post",
        id="restore_document",
        tag=TAG,
        summary="Restore",
        description="With `document_id` and `version`: restores a document, existing or deleted, to a version. "
        "With `as_of`: restores a collection, or without `collection_name` all collections of a database, to that "
        "time, and `with_schema` the schemas too; with `dry_run` it only counts. Either way new versions are "
        "written, so a restore can be undone. A large restore is done by a job.",
        body=RestoreRequest | RestoreToRequest,
        responses={200: DocumentResponse | RestoreToResponse, 202: AcceptedResponse},
        parameters=(IDEMPOTENCY_KEY,),
        errors=REUSED,
    ),
    Operation(
        path="/api/undelete",
        verb="post",
        id="undelete_document",
        tag=TAG,
        summary="Undelete a Document",
        description="Restores the last version of a deleted document; 409 when the document is not deleted.",
        body=UndeleteRequest,
        responses={200: DocumentResponse},
        parameters=(IDEMPOTENCY_KEY,),
        errors=REUSED,
    ),
)
