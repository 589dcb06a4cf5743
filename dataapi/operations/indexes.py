"""The operations of /api/indexes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, NotRequired

from pydantic import Field, InstanceOf, PlainValidator, WithJsonSchema
from typing_extensions import TypedDict

import engine
from dataapi.operations.shapes import TAG, OptionalTime, Target
from engine.indexes import LANGUAGES, ORDERS, NewIndex, TextOptions
from web.operations import ErrorText, FieldErrors, Operation
from web.operations.types import COLLATION_SCHEMA, CollationObject, Count, Flag, OptionalText, Success, Text

_LANGUAGE = WithJsonSchema({"type": "string", "enum": list(LANGUAGES)})
_WEIGHTS = WithJsonSchema({"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}})
_NAME = "country_1_score_-1"
_NO_KEYS = "keys must be an array of at least one {field, order}"
_NOT_WHOLE = ErrorText("{name} must be a whole number")
_OptionalObject = Annotated[
    InstanceOf[dict[str, Any]] | None, WithJsonSchema({"type": "object"}), ErrorText("{name} must be a JSON object")
]


class IndexKey(TypedDict):
    field: Annotated[str, Field(examples=["country"])]
    order: NotRequired[
        Annotated[Any, WithJsonSchema({"enum": [1, -1, "text", "2dsphere"], "default": 1, "examples": [1]})]
    ]


class IndexObject(TypedDict):
    name: Annotated[str, Field(examples=["country_1"])]
    keys: list[IndexKey]
    unique: Annotated[bool, Field(examples=[False])]
    sparse: Annotated[bool, Field(examples=[False])]
    partial_filter: Annotated[Any, WithJsonSchema({"type": "object", "nullable": True, "examples": [None]})]
    expire_after_seconds: Annotated[int | None, Field(examples=[None])]
    collation: Annotated[Any, WithJsonSchema({**COLLATION_SCHEMA, "nullable": True, "examples": [None]})]
    default_language: NotRequired[str]
    language_override: NotRequired[str]
    weights: NotRequired[Annotated[Any, _WEIGHTS]]
    of_schema: Annotated[bool, Field(examples=[False])]
    building: Annotated[bool, Field(examples=[False])]
    size: Annotated[Count, Field(examples=[20480])]
    uses: Annotated[Count, Field(examples=[12])]
    uses_since: Annotated[OptionalTime, Field(examples=["2026-11-20T10:00:00Z"])]


def _keys(raw: Any) -> tuple[tuple[str, int | str], ...]:
    """Parse the keys of an index, and report every error with its path."""
    if type(raw) is not list or not raw:
        raise ValueError(_NO_KEYS)
    errors: list[engine.FieldError] = []
    keys = tuple(_key(item, f"keys.{index}", errors) for index, item in enumerate(raw))
    if errors:
        raise FieldErrors(errors)
    return keys


def _key(raw: Any, path: str, errors: list[engine.FieldError]) -> tuple[str, int | str]:
    field, order = (raw.get("field"), raw.get("order", 1)) if type(raw) is dict else (None, 1)
    if type(field) is not str or raw.keys() - {"field", "order"}:
        errors.append(engine.FieldError(path, 'Must be an object such as {"field": "name", "order": 1}.'))
        return "", 1
    if type(order) not in (int, str) or order not in ORDERS:
        errors.append(engine.FieldError(f"{path}.order", 'Must be 1, -1, "text" or "2dsphere".'))
    return field, order


class IndexesResponse(TypedDict):
    success: Success
    indexes: list[IndexObject]


class IndexRequest(Target, extra="forbid"):
    """An index to create. Unknown members are errors: a misspelled one would create another index."""

    unknown_text: ClassVar[str] = "Unknown property."

    keys: Annotated[
        tuple[tuple[str, int | str], ...],
        ErrorText(_NO_KEYS, missing=_NO_KEYS),
        PlainValidator(_keys, json_schema_input_type=Annotated[list[IndexKey], Field(min_length=1)]),
    ] = Field(examples=[[{"field": "country", "order": 1}, {"field": "score", "order": -1}]])
    unique: Flag = False
    partial_filter: _OptionalObject = None
    expire_after_seconds: Annotated[
        int | None, Field(strict=True), WithJsonSchema({"type": "integer", "minimum": 0}), _NOT_WHOLE
    ] = None
    name: OptionalText = ""
    collation: CollationObject = None
    default_language: Annotated[OptionalText, _LANGUAGE] = None
    language_override: OptionalText = None
    weights: Annotated[_OptionalObject, _WEIGHTS] = None

    def index(self) -> NewIndex:
        return NewIndex(
            keys=self.keys,
            unique=self.unique,
            partial=self.partial_filter,
            expires=self.expire_after_seconds,
            name=self.name or "",
            collation=self.collation,
            text=TextOptions(
                default_language=self.default_language or None,
                language_override=self.language_override or None,
                weights=self.weights,
            ),
        )


class CreatedIndexResponse(TypedDict):
    success: Success
    name: Annotated[str, Field(examples=[_NAME])]
    warnings: NotRequired[list[str]]


class DropIndexRequest(Target):
    """The name of an index."""

    name: Text = Field(examples=[_NAME])


class DroppedIndexResponse(TypedDict):
    success: Success
    name: Annotated[str, Field(examples=[_NAME])]


OPERATIONS = (
    Operation(
        path="/api/indexes",
        verb="get",
        id="list_indexes",
        tag=TAG,
        summary="List Indexes",
        description="The indexes of a collection, with their size in bytes and how often they were used.",
        query=Target,
        responses={200: IndexesResponse},
    ),
    Operation(
        path="/api/indexes",
        verb="post",
        id="create_index",
        tag=TAG,
        summary="Create Index",
        description="Responds when the index is built, with `warnings` for fields that no document has. 409 with "
        "`examples` where documents violate a unique index.",
        body=IndexRequest,
        responses={201: CreatedIndexResponse},
    ),
    Operation(
        path="/api/indexes",
        verb="delete",
        id="drop_index",
        tag=TAG,
        summary="Drop Index",
        description="Drops an index. The index of `_id` and those of the schema's unique fields cannot be dropped.",
        body=DropIndexRequest,
        responses={200: DroppedIndexResponse},
    ),
)
