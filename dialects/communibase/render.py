"""JSON forms of this dialect that are no documents: its error body and its acknowledgement."""

from __future__ import annotations

from typing import Any

import engine
from dialects.communibase.operations.shapes import Destroyed
from web.errors import status_of

# What the engine calls the document of a request; errors name its members alone.
DOCUMENT = "document"
_PREFIX = f"{DOCUMENT}."


def envelope(error: engine.Error) -> dict[str, Any]:
    """Return `{code, message, errors: [{field, message}]}`; `code` is the HTTP status."""
    errors = [{"field": issue.field.removeprefix(_PREFIX), "message": str(issue.message)} for issue in error.errors]
    return {"code": status_of(error), "message": _message(error, errors), "errors": errors}


def _message(error: engine.Error, errors: list[dict[str, str]]) -> str:
    """Return the message; for an invalid request it is composed again with the names that fields have here."""
    if not errors or type(error) is not engine.Invalid:
        return error.message
    first = ": ".join(filter(None, errors[0].values()))
    return first if len(errors) == 1 else f"{len(errors)} errors; the first: {first}"


def done() -> Destroyed:
    return {"success": True}
