"""The error texts of declared types, and the translation of pydantic's errors into field errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import ErrorDetails, core_schema

import engine

_DECLARED = "declared"
_REQUIRED = "{name} is required"


@dataclass(frozen=True)
class ErrorText:
    """Metadata of a type: the one text that is reported for it, in which `{name}` is the name of the field.

    `missing` is reported for an absent field, and with `is_blank_missing` for null and empty strings as well.
    """

    text: str
    missing: str = _REQUIRED
    is_blank_missing: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return self.applied_to(handler(source))

    def applied_to(self, schema: core_schema.CoreSchema) -> core_schema.CoreSchema:
        """Return a schema that reports this text in place of its own errors."""
        return core_schema.custom_error_schema(
            schema,
            custom_error_type=_DECLARED,
            custom_error_message=self.text,
            custom_error_context={"blank": self.missing if self.is_blank_missing else ""},
        )


class FieldErrors(ValueError):
    """What a validator raises to report errors of its own, with their whole paths."""

    def __init__(self, errors: Iterable[engine.FieldError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


def field_errors(
    error: ValidationError, model: type[BaseModel], *, unknown: str = "Unknown parameter {name}."
) -> list[engine.FieldError]:
    """Translate the errors of a model. Unknown fields are reported last, in alphabetical order."""
    details = error.errors(include_url=False)
    known = [item for item in details if item["type"] != "extra_forbidden"]
    names = sorted(_path(item) for item in details if item["type"] == "extra_forbidden")
    translated = [translation for item in known for translation in _translated(item, model)]
    return translated + [engine.FieldError(name, unknown.replace("{name}", name)) for name in names]


def _translated(item: ErrorDetails, model: type[BaseModel]) -> Iterable[engine.FieldError]:
    path, name = _path(item), str(item["loc"][-1]) if item["loc"] else ""
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, FieldErrors):
        return cause.errors
    if cause is not None:
        return [engine.FieldError(path, str(cause))]
    if item["type"] == "missing":
        text = _missing_text(model, name) if len(item["loc"]) == 1 else _REQUIRED
    elif item["type"] == _DECLARED:
        is_blank = item["input"] is None or item["input"] == ""
        text = (is_blank and item["ctx"]["blank"]) or item["msg"]
    else:
        text = f"{{name}}: {item['msg']}"
    return [engine.FieldError(path, text.replace("{name}", name))]


def _missing_text(model: type[BaseModel], name: str) -> str:
    for field_name, field in model.model_fields.items():
        if name in (field_name, field.alias, getattr(field.validation_alias, "choices", [""])[0]):
            return next((item.missing for item in field.metadata if isinstance(item, ErrorText)), _REQUIRED)
    return _REQUIRED


def _path(item: ErrorDetails) -> str:
    return ".".join(map(str, item["loc"]))
