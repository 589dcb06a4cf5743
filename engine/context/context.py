"""Permissions, times and stamps of what an actor does to a collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.errors import Forbidden
from engine.schema.schema import SYSTEM, new_stamps

# The physical name of a collection that is not made yet: MongoDB has none of this name, and reads it as empty.
PLANNED = "-planned-"


# A collection's counters lie beside it: `{_id: field, last}`.
COUNTERS = ".counters"


def require(allowed: frozenset[Action], action: Action) -> None:
    if action not in allowed:
        raise Forbidden(f"This needs the permission {action.value!r}.")


def now() -> datetime:
    """The time as it is stamped: naive UTC, to the millisecond that BSON keeps."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def stamp(documents: Sequence[dict[str, Any]], *, ids: Sequence[ObjectId], actor: str, now: datetime) -> None:
    """Gives new documents their ids and system fields."""
    for document, name in zip(documents, ids, strict=True):
        document["_id"] = name
        document[SYSTEM] = new_stamps(actor=actor, now=now)


@dataclass(frozen=True)
class Ending:
    """Who ends a state, when, and through which surface."""

    by: str
    at: datetime
    via: str
