"""Types of the requests about people, teams and tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from pydantic import AfterValidator, PlainValidator, StringConstraints, WithJsonSchema

from dialects.airsequel.people.roles import PERMISSIONS, ROLES
from dialects.airsequel.three_state import untagged
from engine import FieldError
from engine.schema import TYPES
from web.operations import ErrorText, FieldErrors

MAX_PERMISSIONS = 1_000
_MAX_NAME, _MAX_LINE, _MAX_SECRET = 100, 254, 1_024
_NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
_MISSING = "Required."
_STRING = {"type": "string"}


def _line(max_length: int) -> StringConstraints:
    return StringConstraints(strict=True, min_length=1, max_length=max_length, pattern=_NO_CONTROL)


def _text(max_length: int) -> ErrorText:
    return ErrorText(f"Must be one line of 1 to {max_length} characters.", missing=_MISSING)


def _email(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError as error:
        raise ValueError("Enter a valid e-mail address.") from error
    return value


Name = Annotated[str, _line(_MAX_NAME), WithJsonSchema(_STRING), _text(_MAX_NAME)]
Line = Annotated[str, _line(_MAX_LINE), WithJsonSchema(_STRING), _text(_MAX_LINE)]
Email = Annotated[Line, AfterValidator(_email)]
Secret = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=_MAX_SECRET),
    WithJsonSchema(_STRING),
    ErrorText(f"Must be a string of 1 to {_MAX_SECRET} characters.", missing=_MISSING),
]


def _roles(value: Any) -> list[str]:
    if type(value) is not list or not value or len(value) > len(ROLES) or any(role not in ROLES for role in value):
        raise ValueError(f"Must be a list of one or more of {', '.join(ROLES)}.")
    return list(value)


Roles = Annotated[
    list[str],
    PlainValidator(_roles),
    WithJsonSchema({"type": "array", "minItems": 1, "items": {"type": "string", "enum": [*ROLES]}}),
]


def _permissions(value: Any) -> list[tuple[str, str]]:
    """Return (id of a database, name of a permission) of each item."""
    if type(value) is not list or not value or len(value) > MAX_PERMISSIONS:
        raise ValueError(f"Must be a list of 1 to {MAX_PERMISSIONS} permissions.")
    errors = [error for index, item in enumerate(value) for error in _permission_errors(index, item)]
    if errors:
        raise FieldErrors(errors)
    return [(item["db_id"], item["name"]) for item in value]


def _permission_errors(index: int, item: Any) -> list[FieldError]:
    path = f"permissions.{index}"
    if type(item) is not dict:
        return [FieldError(path, "Must be an object with db_id and name.")]
    errors = []
    if type(item.get("db_id")) is not str:
        errors.append(FieldError(f"{path}.db_id", "Must be the id of a database."))
    if item.get("name") not in (*PERMISSIONS,):  # any JSON value
        errors.append(FieldError(f"{path}.name", f"Must be one of {', '.join(PERMISSIONS)}."))
    return errors


Permissions = Annotated[
    list[tuple[str, str]],
    PlainValidator(_permissions),
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["db_id", "name"],
                "properties": {"db_id": _STRING, "name": {"type": "string", "enum": [*PERMISSIONS]}},
            },
        }
    ),
]


def _time(value: Any) -> datetime | None:
    text = untagged(value)
    if text is None:
        return None
    if type(text) is not str:
        raise ValueError("Must be a time, such as 2030-01-31T12:00:00Z, or null.")
    timestamp: datetime = TYPES["datetime"](text)
    return timestamp.replace(tzinfo=UTC)


# Absence is `name not in model.model_fields_set`, as of `ThreeStateText`.
ThreeStateTime = Annotated[
    datetime | None,
    PlainValidator(_time),
    WithJsonSchema({"type": "string", "format": "date-time", "nullable": True}),
]


def _billing_text(value: Any) -> str | None:
    if value is not None and (type(value) is not str or len(value) > _MAX_LINE or "\0" in value):
        raise ValueError(f"Must be a string of at most {_MAX_LINE} characters, or null.")
    return value


def _billing_number(value: Any) -> int | None:
    if value is not None and (type(value) is not int or not 0 <= value < 2**63):
        raise ValueError("Must be a whole number that is not negative, or null.")
    return value


BillingText = Annotated[Any, PlainValidator(_billing_text), WithJsonSchema({**_STRING, "nullable": True})]
BillingNumber = Annotated[
    Any, PlainValidator(_billing_number), WithJsonSchema({"type": "integer", "nullable": True})
]
