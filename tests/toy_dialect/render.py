"""JSON forms of the toy dialect."""

from __future__ import annotations

from typing import Any

import engine
from web.errors import status_of

from .operations import SampleResponse


def envelope(error: engine.Error) -> dict[str, Any]:
    """Return `{error: {status, text, fields}}`."""
    fields = {issue.field: issue.message for issue in error.errors}
    return {"error": {"status": status_of(error), "text": error.message, "fields": fields}}


def sample(page: engine.Page) -> SampleResponse:
    return {"items": page.documents}
