"""What the shared tables of the tests need to know of the toy dialect."""

from typing import Any

import catalog.services
from tests.support import Surface

from .render import envelope

_ROUTE = "GET /toy/{database}/{collection}"


def _is_error(body: dict[str, Any]) -> bool:
    return set(body) == {"error"} and set(body["error"]) == {"status", "text", "fields"}


SURFACE = Surface(
    envelope,
    "GET /toy/60c72b2f9b1d8b1a2d3e4567/x",
    _is_error,
    (catalog.services.access, "entry_of"),
    requests={_ROUTE: lambda ids: {}},
    provoked={
        400: ("GET /toy/{id}/a?size=x", "key", {}),
        401: ("GET /toy/{id}/a", "", {}),
        404: ("GET /toy/{other}/a", "key", {}),
    },
)
