"""Members that are set, cleared or left alone: a text, null or absence, or the same in tagged objects."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

from web.operations import ErrorText

MAX_TEXT = 10_000
_TEXT, _NULL = "TextValue", "TextNull"


def untagged(value: Any) -> Any:
    """Return the content of a tagged text, null for a tagged null, and any other value unchanged."""
    if type(value) is not dict:
        return value
    if value.get("tag") == _NULL:
        return None
    return value.get("contents", value) if value.get("tag") == _TEXT else value


# Absence is `name not in model.model_fields_set`.
ThreeStateText = Annotated[
    str | None,
    StringConstraints(strict=True, max_length=MAX_TEXT, pattern=r"^[^\x00]*$"),
    BeforeValidator(untagged),
    WithJsonSchema({"type": "string", "nullable": True}),
    ErrorText(f"Must be a string of at most {MAX_TEXT} characters without NUL, or null."),
]
