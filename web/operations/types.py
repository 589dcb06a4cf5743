"""The types of declared requests. Those named `Query…` read the text of a query string, the others JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    InstanceOf,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import core_schema

import engine
from engine.schema import LOCALES, TYPES, Collation, parse_collation
from web.operations.errors import ErrorText, FieldErrors
from web.requests.body import json_text

MAX_INTEGER = 2**31 - 1
ABSENT: Any = None  # the default of a field that may be absent but not null
_STRING = {"type": "string"}
_NO_NUL = r"^[^\x00]*$"
_NOT_TEXT = "{name} must be a string without NUL"
_NOT_OBJECT = "{name} must be a JSON object"
_DIRECTIONS = (1, -1)
COLLATION_SCHEMA = {
    "type": "object",
    "required": ["locale"],
    "properties": {
        "locale": {"type": "string", "enum": list(LOCALES)},
        "strength": {"type": "integer", "enum": [1, 2, 3], "default": 3},
    },
}


def as_input(declared: Any) -> BeforeValidator:
    """Return metadata that describes a field by another type than the one that it is parsed by."""
    return BeforeValidator(lambda value: value, json_schema_input_type=declared)


# --- in query strings and in JSON --------------------------------------------------------------------

Text = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, pattern=_NO_NUL),
    WithJsonSchema(_STRING),
    ErrorText(_NOT_TEXT, is_blank_missing=True),
]
OptionalText = Annotated[
    str | None, StringConstraints(strict=True, pattern=_NO_NUL), WithJsonSchema(_STRING), ErrorText(_NOT_TEXT)
]


def _past(value: Any, info: ValidationInfo) -> datetime | None:
    if value is None:
        return None
    timestamp: datetime = TYPES["datetime"](value)
    if timestamp > datetime.now(UTC).replace(tzinfo=None):
        raise ValueError(f"{info.field_name} must be in the past")
    return timestamp


def _required_past(value: Any, info: ValidationInfo) -> datetime | None:
    if value is None or value == "":
        raise ValueError(f"{info.field_name} is required")
    return _past(value, info)


PastTime = Annotated[datetime, PlainValidator(_required_past), WithJsonSchema(_STRING)]
OptionalPastTime = Annotated[datetime | None, PlainValidator(_past), WithJsonSchema(_STRING)]


@dataclass(frozen=True)
class NotWith:
    """Metadata of a field that must not be sent together with earlier fields."""

    others: tuple[str, ...]

    def __init__(self, *others: str) -> None:
        object.__setattr__(self, "others", others)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def _check(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        for other in self.others if value else ():
            if info.data.get(other):
                raise ValueError(f"{info.field_name} does not go with {other}")
        return value


# --- in JSON -------------------------------------------------------------------------------------------

Flag = Annotated[bool, Field(strict=True), ErrorText("{name} must be true or false")]
JsonObject = Annotated[InstanceOf[dict[str, Any]], WithJsonSchema({"type": "object"}), ErrorText(_NOT_OBJECT)]
PositiveInteger = Annotated[
    int,
    Field(strict=True, ge=1, le=MAX_INTEGER),
    ErrorText(f"{{name}} must be a whole number from 1 to {MAX_INTEGER}"),
]


def _collation(value: Any) -> Collation | None:
    if value is None:
        return None
    collation, errors = parse_collation(value)
    if errors:
        raise FieldErrors(errors)
    return collation


CollationObject = Annotated[Collation | None, PlainValidator(_collation), WithJsonSchema(COLLATION_SCHEMA)]


# --- in query strings ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Digits:
    """Metadata of a whole number written in digits, from `minimum` to `maximum`."""

    maximum: int = MAX_INTEGER
    minimum: int = 1
    is_blank_missing: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        message = f"{{name}} must be a whole number from {self.minimum} to {self.maximum}"
        text = ErrorText(message, is_blank_missing=self.is_blank_missing)
        number = core_schema.int_schema(ge=self.minimum, le=self.maximum)
        digits = core_schema.str_schema(strict=True, pattern=r"^[0-9]{1,11}$")
        return text.applied_to(core_schema.chain_schema([digits, number]))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True)
class Clamped:
    """Metadata of a whole number that is moved into the range from 1 to `maximum`."""

    maximum: int = MAX_INTEGER

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        digits = core_schema.str_schema(strict=True, pattern=r"^-?[0-9]{1,11}$")
        number = core_schema.no_info_after_validator_function(self._clamp, core_schema.int_schema())
        text = ErrorText("{name} must be a whole number")
        return text.applied_to(core_schema.chain_schema([digits, number]))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "integer"}

    def _clamp(self, number: int) -> int:
        return min(max(number, 1), self.maximum)


def parsed_json(value: Any, info: ValidationInfo) -> Any:
    """Parse text that contains JSON; an empty text is an empty object, and other values stay as they are."""
    if type(value) is not str:
        return value
    if not value:
        return {}
    try:
        return json_text(info.field_name or "", value)
    except engine.Invalid as error:
        raise FieldErrors(error.errors) from error


QueryObject = Annotated[
    InstanceOf[dict[str, Any]], ErrorText(_NOT_OBJECT), BeforeValidator(parsed_json), WithJsonSchema(_STRING)
]


def _query_collation(value: Any, info: ValidationInfo) -> Collation | None:
    return _collation(parsed_json(value, info)) if value else None


QueryCollation = Annotated[Collation | None, PlainValidator(_query_collation), WithJsonSchema(_STRING)]


def _query_flag(value: Any, info: ValidationInfo) -> bool:
    if value not in ("", "true", "false"):
        raise ValueError(f"{info.field_name} must be true or false")
    return bool(value == "true")


QueryFlag = Annotated[bool, PlainValidator(_query_flag), WithJsonSchema({"type": "boolean"})]


def _sort(text: str, info: ValidationInfo) -> tuple[tuple[str, Literal[1, -1]], ...]:
    if not text:
        return ()
    if not text.lstrip().startswith("{"):
        return tuple((name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in text.split(","))
    value = parsed_json(text, info)
    if not _maps_to(value, _DIRECTIONS):
        raise ValueError(f"{info.field_name} must give each field 1 or -1")
    return tuple(value.items())


def _projection(text: str, info: ValidationInfo) -> dict[str, int]:
    if not text:
        return {}
    if not text.lstrip().startswith("{"):
        return {name.removeprefix("-"): 0 if name.startswith("-") else 1 for name in text.split(",")}
    value: dict[str, int] = parsed_json(text, info)
    if not _maps_to(value, (0, 1)):
        raise ValueError(f"{info.field_name} must give each field 0 or 1")
    return value


def _maps_to(value: Any, numbers: tuple[int, ...]) -> bool:
    return type(value) is dict and all(type(item) is int and item in numbers for item in value.values())


# `name,-released` or `{"name": 1, "released": -1}`; `name,email`, `-notes` or `{"notes": 0}`.
QuerySort = Annotated[tuple[tuple[str, int], ...], PlainValidator(_sort), WithJsonSchema(_STRING)]
QueryProjection = Annotated[dict[str, int], PlainValidator(_projection), WithJsonSchema(_STRING)]


def _names(text: Any) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


QueryNames = Annotated[tuple[str, ...], PlainValidator(_names), WithJsonSchema(_STRING)]

# --- in responses --------------------------------------------------------------------------------------

Success = Literal[True]
DocumentId = Annotated[Any, WithJsonSchema({**_STRING, "examples": ["6560a1c2d3e4f5a6b7c8d9e0"]})]
Count = Annotated[int, Field(ge=0)]
