"""The document operations below /api/v2."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic import WithJsonSchema as Schema
from typing_extensions import TypedDict

import engine
from dataapi.operations.bulk import BULK, parse_each
from dataapi.operations.documents import FIND
from dataapi.operations.shapes import DOCUMENT_ID, Objects, Target
from dataapi.operations.writes import (
    DELETE,
    INSERT,
    UPDATE,
    AllFields,
    Filters,
    PreviewResponse,
    UpdateData,
    UpdateFields,
    WriteRequest,
    has_operators,
)
from engine.query import is_literal
from web.operations import ErrorText, FieldErrors
from web.operations.types import ABSENT, Flag, JsonObject, as_input, parsed_json

_MAX_OPERATIONS = 500
_NO_OPERATIONS = f"operations must be an array of 1 to {_MAX_OPERATIONS} operations"
NO_ID = "Name one document by its _id."
NO_ID_OR_MANY = "Name one document by its _id, or send update_many: true."


def _names_one(filters: dict[str, Any]) -> bool:
    """Return whether `_id`, or without it `id`, has a single value.

    That value may be a literal of extended JSON, the operand of `$eq`, or the only one of `$in`.
    """
    value = filters.get("_id") if "_id" in filters else filters.get("id")
    if type(value) is dict and list(value) == ["$eq"]:
        value = value["$eq"]
    elif type(value) is dict and list(value) == ["$in"] and type(value["$in"]) is list and len(value["$in"]) == 1:
        value = value["$in"][0]
    return value is not None and (is_literal(value) or type(value) not in (dict, list))


def _one(filters: dict[str, Any]) -> dict[str, Any]:
    if not _names_one(filters):
        raise ValueError(NO_ID)
    return filters


def _one_or_many(is_many: bool, info: ValidationInfo) -> bool:
    filters = info.data.get("filters")
    if filters is not None and not is_many and not _names_one(filters):
        raise FieldErrors([engine.FieldError("filters", NO_ID_OR_MANY)])
    return is_many


class UpdateV2Fields(UpdateFields):
    """An update with the defaults of /api/v2."""

    filters: Filters = Field(examples=[{"_id": DOCUMENT_ID}])
    update_data: UpdateData = Field(examples=[{"$inc": {"visits": 1}}])
    update_all_fields: AllFields = ABSENT

    @property
    def sets_all_fields(self) -> bool:
        """Whether fields are set that a document does not have: by default with operators alone."""
        if self.update_all_fields is None:
            return has_operators(self.update_data) or self.array_filters is not None
        return self.update_all_fields


class UpdateV2Request(UpdateV2Fields, WriteRequest):
    """An update of the document that `filters` name by `_id`, or with `update_many` of all that match."""

    update_many: Annotated[Flag, AfterValidator(_one_or_many)] = Field(default=False, validate_default=True)


class UpdateV2Response(TypedDict):
    success: bool
    modified_count: Annotated[int, Field(examples=[1])]
    matched_count: Annotated[int, Field(examples=[1])]
    upserted_id: NotRequired[Annotated[Any, Schema({"type": "string"})]]


def _upsert(is_upsert: bool, info: ValidationInfo) -> bool:
    if is_upsert and info.data.get("update_all_fields") is not True:
        raise ValueError("upsert needs update_all_fields: true")
    return is_upsert


class BulkV2Item(UpdateV2Fields):
    """An update of one document."""

    filters: Annotated[JsonObject, BeforeValidator(parsed_json), AfterValidator(_one)] = Field(
        examples=[{"_id": DOCUMENT_ID}]
    )
    upsert: Annotated[Flag, AfterValidator(_upsert)] = False


class BulkV2Request(Target):
    """Updates of single documents."""

    operations: Annotated[
        list[Any],
        as_input(Annotated[list[BulkV2Item], Field(min_length=1)]),
        Field(strict=True, min_length=1, max_length=_MAX_OPERATIONS),
        ErrorText(_NO_OPERATIONS, missing=_NO_OPERATIONS),
    ] = Field(
        examples=[[{"filters": {"_id": DOCUMENT_ID}, "update_data": {"points": 1}, "update_all_fields": True}]]
    )

    def updates(self) -> list[engine.Update]:
        """Return the updates. Raises `Invalid` with the errors of all of them."""
        return parse_each(self.operations, _update)


def _update(item: Any) -> engine.Update:
    if type(item) is not dict:
        raise engine.Invalid.of_field("", "Must be an object with filters and update_data.")
    return BulkV2Item.parse({name: value for name, value in item.items() if name != "update_many"}).operation()


class BulkV2Response(TypedDict):
    success: bool
    matched_count: Annotated[int, Field(examples=[1])]
    modified_count: Annotated[int, Field(examples=[1])]
    upserted_count: Annotated[int, Field(examples=[0])]
    results: Annotated[Objects, Field(examples=[[{"index": 0, "ok": True}]])]
    errors: NotRequired[Objects]


OPERATIONS = (
    INSERT.as_v2(),
    FIND.as_v2(),
    DELETE.as_v2(),
    UPDATE.as_v2(
        description="Changes the document that `filters` name by `_id`, or with `update_many` every document that "
        "matches. `update_data` holds values or MongoDB's update operators; values change fields that a document "
        "has, with `update_all_fields` also others.",
        body=UpdateV2Request,
        responses={200: UpdateV2Response | PreviewResponse},
    ),
    BULK.as_v2(
        description="Runs 1 to 500 updates, each on its own. Each names its document by `_id`, and `upsert` "
        "requires `update_all_fields`.",
        parameters=(),
        body=BulkV2Request,
        responses={200: BulkV2Response},
    ),
)
