"""Preconditions of a write: the version that the caller saw, the most documents that it may touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.context.context import Context
from engine.errors import Conflict, Error, Invalid, Outdated
from engine.history.history import differences
from engine.history.versions import Archive
from engine.schema.schema import SYSTEM
from engine.store import matches_one_id

_OUTDATED = "Version conflict: the document has changed since you read it."
_GONE = "The document no longer exists."


@dataclass(frozen=True)
class Precondition:
    """Preconditions of a write. None disables a check; `root` is the field name used in errors."""

    version: int | None = None
    max_affected: int | None = None
    root: str = "max_affected"

    def with_version(self, filter: dict[str, Any]) -> dict[str, Any]:
        """Return the filter limited to the version. Raises `Invalid` unless it names one `_id`."""
        if self.version is None:
            return filter
        if not matches_one_id(filter):
            raise Invalid("An expected version needs a filter that names one document by its _id.")
        return both(filter, {f"{SYSTEM}.version": self.version})

    def check_count(self, count: int) -> None:
        if self.max_affected is not None and count > self.max_affected:
            text = f"This would change {count} documents, more than the {self.max_affected} of {self.root}."
            raise Conflict.of_field(self.root, text)

    def check_version(self, context: Context, document_id: ObjectId) -> None:
        """Raise `Outdated` unless the document, which a write did not match, has the version."""
        if self.version is None:
            return
        current = context.stored(document_id)
        if current is None or current[SYSTEM]["version"] != self.version:
            raise _outdated(context, document_id, self.version, current)


def both(filter: dict[str, Any], condition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the AND of two filters. A top-level `_id` of the first stays, so that it still names one document."""
    return {**filter, "$and": [*filter.get("$and", []), condition]} if condition else filter


def _outdated(context: Context, document_id: ObjectId, sent: int, current: dict[str, Any] | None) -> Error:
    """Return the error with the current document, if the actor may read it."""
    visible = context.spec.schema.present([current])[0] if current and Action.READ in context.allowed else None
    details = {
        "current": visible,
        "sent_version": sent,
        "current_version": current[SYSTEM]["version"] if current else None,
        "changed_fields": _changed(context, document_id, sent, visible) if visible else None,
    }
    return Outdated(_OUTDATED if current else _GONE, details=details)


def _changed(context: Context, document_id: ObjectId, sent: int, current: Mapping[str, Any]) -> list[str] | None:
    """Return the paths that differ from the version that the caller saw, or None where it is not kept."""
    if not context.spec.history:
        return None
    state = Archive.of(context).state(document_id, sent)  # works in the transaction of an idempotent write
    if state is None:
        return None
    seen = context.spec.schema.present([state])[0]
    before, after = ({k: v for k, v in state.items() if k != SYSTEM} for state in (seen, current))
    return [difference.path for difference in differences(before, after)]
