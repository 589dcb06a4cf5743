"""The error body of the routes below /api/v2: `{success, error, detail}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import engine
from engine.errors import OutOfSpace, Unexpected
from web.errors import Internal, KeyReused, MethodNotAllowed, NotAcceptable, NotConfigured, UnsupportedMedia

# Exception names that the published service sends, and similar names for errors that it does not have.
_NAMES: Mapping[type[engine.Error], str] = {
    engine.Invalid: "ValidationError",
    engine.Unauthenticated: "NotAuthenticated",
    engine.Forbidden: "PermissionDenied",
    engine.NotFound: "NotFound",
    engine.Conflict: "Conflict",
    engine.Outdated: "PreconditionFailed",
    engine.TooLarge: "RequestTooLarge",
    engine.LimitExceeded: "Throttled",
    engine.Unavailable: "ServiceUnavailable",
    engine.TimedOut: "ServiceUnavailable",
    OutOfSpace: "InsufficientStorage",
    Unexpected: "InternalServerError",
    MethodNotAllowed: "MethodNotAllowed",
    NotAcceptable: "NotAcceptable",
    UnsupportedMedia: "UnsupportedMediaType",
    KeyReused: "UnprocessableEntity",
    Internal: "InternalServerError",
    NotConfigured: "NotImplemented",
}


def envelope(error: engine.Error) -> dict[str, Any]:
    """Return the error body. `detail` is {path: [message, …]} for field errors, else the message."""
    by_path: dict[str, list[str]] = {}
    for item in error.errors:
        path = item.field if item.index is None else f"{item.index}.{item.field}".rstrip(".")
        by_path.setdefault(path or "non_field_errors", []).append(item.message)
    return {"success": False, "error": _NAMES[type(error)], "detail": by_path or error.message, **error.details}
