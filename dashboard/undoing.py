"""What was deleted last in a browser's session, so that it can be brought back by one press."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

_NAME = "undo"
# More than these are brought back by restoring the collection to the moment before.
MOST = 500


def offer(request: HttpRequest, database_id: str, collection: str, ids: Sequence[str], *, view: str) -> None:
    """`view` is the query string of the grid from which they were deleted."""
    request.session[_NAME] = {"database": database_id, "collection": collection, "ids": [*ids], "view": view}


def offered(request: HttpRequest, database_id: str, collection: str) -> dict[str, Any] | None:
    """What can be brought back in this collection."""
    found = request.session.get(_NAME)
    here = found and (found["database"], found["collection"]) == (database_id, collection)
    return found if here else None


def forget(request: HttpRequest) -> None:
    request.session.pop(_NAME, None)
