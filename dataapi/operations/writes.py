"""The operations POST, PUT and DELETE of /api/crud."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, NotRequired

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, PlainValidator, ValidationInfo
from pydantic import WithJsonSchema as Schema
from typing_extensions import TypedDict

import engine
from dataapi.operations.shapes import DOCUMENT_ID, TAG, Target
from engine.schema import is_positional
from engine.update import Operators, Replacement
from web.operations import ErrorText, Operation, RequestModel, header
from web.operations.types import (
    ABSENT,
    CollationObject,
    Count,
    Flag,
    JsonObject,
    PositiveInteger,
    Success,
    parsed_json,
)

# As `render.etag` writes it: a document's id and its version. A compressed response has a weak ETag.
_ETAG = re.compile(r'(?:W/)?"([0-9a-f]{24})-([1-9][0-9]{0,17})"')
_NO_DOCUMENTS = "{name} must be an array of at least one document"
_EXAMPLES = [
    {"email": "alice@example.com", "signup_date": "2023-10-27T10:00:00Z"},
    {"email": "bob@example.com", "signup_date": "2023-10-27T11:00:00Z"},
]
_NO_ARRAY_FILTERS = "array_filters must be an array, and goes with neither replace nor update_all_fields: false"
IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "1 to 200 printable ASCII characters: a request that is sent again with the same key is run once.",
)
REUSED = {"422": "The `Idempotency-Key` belongs to another request."}
_OUTDATED = {
    "412": "The document has changed: `current` is its current version, `changed_fields` are the fields "
    "that differ."
}


class InsertRequest(Target):
    """New documents, in `data` or in `documents`."""

    documents: Annotated[
        list[Any],
        Field(strict=True, min_length=1),
        Schema({"type": "array", "items": {"type": "object"}, "minItems": 1}),
        ErrorText(_NO_DOCUMENTS, missing=_NO_DOCUMENTS),
    ] = Field(validation_alias=AliasChoices("data", "documents"), examples=[_EXAMPLES])

    @classmethod
    def other_errors(cls, values: Mapping[str, Any]) -> Iterable[engine.FieldError]:
        if "data" in values and "documents" in values:
            text = "Send the documents in data or in documents, not in both."
            return [engine.FieldError("documents", text)]
        return ()


class InsertResponse(TypedDict):
    success: Success
    inserted_ids: Annotated[
        Sequence[Any],
        Schema(
            {"type": "array", "items": {"type": "string"}, "examples": [[DOCUMENT_ID, "6560a1c2d3e4f5a6b7c8d9e1"]]}
        ),
    ]


def _confirmed(filters: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    if not filters and not info.data.get("all"):
        raise ValueError('Empty filters match every document; send "all": true if that is meant.')
    return filters


Filters = Annotated[JsonObject, BeforeValidator(parsed_json), AfterValidator(_confirmed)]


class Filtered(RequestModel):
    """The documents that an update or a delete is for."""

    all: Flag = False
    filters: Filters = Field(examples=[{"email": "alice@example.com"}])
    max_affected: PositiveInteger = ABSENT
    collation: CollationObject = None

    def query(self) -> engine.Query:
        return engine.Query(filter=self.filters, collation=self.collation)

    def precondition(self) -> engine.Precondition:
        return engine.Precondition(max_affected=self.max_affected)

    def operation(self) -> engine.Update | engine.Delete:
        """Return the write, which each kind of request makes in its own way."""
        raise NotImplementedError


class DeleteFields(Filtered):
    """A delete; `soft_delete` is ignored."""

    soft_delete: Flag = True

    def operation(self) -> engine.Delete:
        return engine.Delete(self.query(), self.precondition())


def _named(values: dict[str, Any]) -> dict[str, Any]:
    if not values:
        raise ValueError("update_data must name at least one field")
    return values


def _all_fields(value: bool, info: ValidationInfo) -> bool:
    if not value and (info.data.get("replace") or has_operators(info.data.get("update_data", {}))):
        raise ValueError("update_all_fields: false goes with neither operators nor replace")
    return value


UpdateData = Annotated[JsonObject, AfterValidator(_named)]
AllFields = Annotated[Flag, AfterValidator(_all_fields)]


def _array_filters(value: Any, info: ValidationInfo) -> Any:
    if value is None or info.data.get("replace") or info.data.get("update_all_fields") is False:
        raise ValueError(_NO_ARRAY_FILTERS)
    return value


def has_operators(values: Mapping[str, Any]) -> bool:
    """Return whether an update has operators, or paths that address elements of arrays."""
    return any(name.startswith("$") or is_positional(name) for name in values)


class UpdateFields(Filtered):
    """An update."""

    replace: Flag = False
    update_data: UpdateData = Field(examples=[{"newsletter_subscribed": True, "$inc": {"visits": 1}}])
    update_all_fields: AllFields = True
    upsert: Flag = False
    array_filters: Annotated[
        Any, AfterValidator(_array_filters), Schema({"type": "array", "items": {"type": "object"}})
    ] = None

    @property
    def sets_all_fields(self) -> bool:
        return self.update_all_fields

    def operation(self) -> engine.Update:
        change: engine.Change | Operators | Replacement
        if self.replace:
            change = Replacement(self.update_data)
        elif self.sets_all_fields and (has_operators(self.update_data) or self.array_filters is not None):
            change = Operators(self.update_data, array_filters=self.array_filters)
        else:
            change = engine.Change(self.update_data, only_existing=not self.sets_all_fields)
        return engine.Update(
            self.query(), change, upsert=self.upsert, one=self.replace, precondition=self.precondition()
        )


def _version(header: Any, info: ValidationInfo) -> int | None:
    """Return the version that an ETag names for the one document of the filters."""
    if header is None:
        return None
    document_id, match = info.data.get("filters", {}).get("_id"), _ETAG.fullmatch(header.strip())
    if type(document_id) is not str:
        raise ValueError("If-Match requires filters that name one _id.")
    if match is None:
        raise ValueError('If-Match must be one ETag, such as "60c72b2f9b1d8b1a2d3e4567-3".')
    if match[1] != document_id.lower():
        raise ValueError("The ETag belongs to another document.")
    return int(match[2])


class WriteRequest(Filtered, Target):
    """A write of documents that match; with `dry_run` it is only previewed."""

    headers: ClassVar[tuple[str, ...]] = ("If-Match",)

    expected_version: Annotated[int | None, PlainValidator(_version), Schema({"type": "string"})] = Field(
        default=None,
        alias="If-Match",
        description="The ETag of the one document that `filters` names; 412 when the document has changed.",
    )
    dry_run: Flag = False

    def precondition(self) -> engine.Precondition:
        return engine.Precondition(version=self.expected_version, max_affected=self.max_affected)


class UpdateRequest(UpdateFields, WriteRequest):
    """An update of documents that match."""


class DeleteRequest(DeleteFields, WriteRequest):
    """A delete of documents that match."""


_Before = Annotated[Any, Schema({"type": "object", "nullable": True})]


class PreviewedChange(TypedDict):
    _id: Annotated[Any, Schema({"type": "string"})]
    before: _Before
    after: _Before


class PreviewResponse(TypedDict):
    """What a write would do."""

    success: Success
    dry_run: Success
    matched_count: Count
    sample: list[PreviewedChange]


class UpdateResponse(TypedDict):
    success: Success
    modified_count: Annotated[Count, Field(examples=[1])]
    upserted_id: NotRequired[Annotated[Any, Schema({"type": "string", "nullable": True})]]


class DeleteResponse(TypedDict):
    success: Success
    count: Annotated[Count, Field(examples=[1])]
    deleted_count: Annotated[Count, Field(examples=[1])]


INSERT = Operation(
    path="/api/crud",
    verb="post",
    id="insert_documents",
    tag=TAG,
    summary="Insert Documents",
    description="Inserts all of the documents or, when one is not valid, none. They may stand in `data` or in "
    "`documents`. Declared fields are checked and coerced; others are stored as they are.",
    parameters=(IDEMPOTENCY_KEY,),
    errors=REUSED,
    body=InsertRequest,
    responses={201: InsertResponse},
)
UPDATE = Operation(
    path="/api/crud",
    verb="put",
    id="update_documents",
    tag=TAG,
    summary="Update Documents",
    description="Updates every document that matches, or none when that fails. Members of `update_data` are "
    "set; MongoDB's update operators, such as `$inc` and `$push`, may stand among them. In paths, `$`, `$[]` "
    "and `$[name]` are the element that matches, all elements, and those that `array_filters` select. With "
    "`update_all_fields: false` only fields that a document already has are changed. With `replace` the one "
    "document becomes `update_data`. With `upsert` a document is created where none matches. Empty filters "
    'match everything and require `"all": true`. With `dry_run` nothing is changed, and the response says '
    "what would be.",
    parameters=(IDEMPOTENCY_KEY,),
    errors=_OUTDATED | REUSED,
    body=UpdateRequest,
    responses={200: UpdateResponse | PreviewResponse},
)
DELETE = Operation(
    path="/api/crud",
    verb="delete",
    id="delete_documents",
    tag=TAG,
    summary="Delete Documents",
    description='Deletes every document that matches. Empty filters match everything and require `"all": '
    "true`. With `dry_run` nothing is deleted, and the response says what would be.",
    parameters=(IDEMPOTENCY_KEY,),
    errors=_OUTDATED | REUSED,
    body=DeleteRequest,
    responses={200: DeleteResponse | PreviewResponse},
)
