"""The types of this dialect's requests, which are lenient as its clients are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from django.http import QueryDict
from pydantic import PlainValidator, ValidationError, WithJsonSchema

import engine
from engine.errors import invalid
from web.operations import FieldErrors, RequestModel
from web.operations.errors import field_errors
from web.requests.body import json_text

# What clients send for no value.
NOTHING = ("", "undefined", "null", "[]", "{}")
STRING: dict[str, Any] = {"type": "string"}
_WHOLE_NUMBER = "Must be a whole number that is not negative."
_MAX_SPECS = 32


class RestRequest(RequestModel):
    """A request of this dialect. Undeclared parameters are ignored; the message of an error names its location."""

    repeatable: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def of_params(cls, params: QueryDict, *, context: Any = None) -> Self:
        """Parse the parameters of a request. Raises `Invalid` with every error."""
        values = {
            name: tuple(texts) if name in cls.repeatable else texts[-1]
            for name, texts in params.lists()
            if texts and name[:1] != "$"
        }
        return cls.parse(values, context=context)

    @classmethod
    def parse(cls, values: Mapping[str, Any], *, context: Any = None) -> Self:
        try:
            return cls.model_validate(values, context=context)
        except ValidationError as error:
            raise cls.failure(field_errors(error, cls)) from error

    @classmethod
    def failure(cls, errors: list[engine.FieldError]) -> engine.Invalid:
        """Return one error for all errors of a request."""
        return invalid(errors)


def json_object(name: str, text: str) -> dict[str, Any]:
    """Parse text that contains a JSON object, or what clients send for none. Raises `ValueError`."""
    text = text.strip()
    if text in NOTHING:
        return {}
    try:
        value = json_text(name, text)
    except engine.Invalid as error:
        raise FieldErrors(error.errors) from error
    if type(value) is not dict:
        raise ValueError("Must be a JSON object.")
    return value


def is_on(value: Any) -> bool:
    """Check whether a switch is on: `true` or `1`. Any other text is off."""
    return value is True or (type(value) is str and value.strip().lower() in ("true", "1"))


def _whole_number(value: Any) -> int:
    text = str(value).strip()
    if text in NOTHING:
        return 0
    if type(value) not in (int, str) or not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError(_WHOLE_NUMBER)
    return int(text)


def _specs(value: Any) -> tuple[str, ...]:
    """Check parameters, which are a tuple, or a hint: one text or a list."""
    if type(value) is tuple:
        value = [*filter(None, value)]
    specs = value if type(value) is list else [value]
    if not all(type(item) is str and item for item in specs) or len(specs) > _MAX_SPECS:
        raise ValueError(f"Must be an array of at most {_MAX_SPECS} texts.")
    return tuple(specs)


def _timezone(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("Must be the name of a time zone, such as Europe/Berlin.")
    return value


Switch = Annotated[bool, PlainValidator(is_on), WithJsonSchema({"type": "boolean"})]
WholeNumber = Annotated[int, PlainValidator(_whole_number), WithJsonSchema({"type": "integer", "minimum": 0})]
Specs = Annotated[tuple[str, ...], PlainValidator(_specs), WithJsonSchema(STRING)]
TimeZone = Annotated[str, PlainValidator(_timezone), WithJsonSchema(STRING)]
