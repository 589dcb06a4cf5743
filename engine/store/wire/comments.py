"""Comments: the ids of the requests that a command serves, which MongoDB shows in its log and in `currentOp`.

The driver sends those that commit or abort a transaction, and those of GridFS, by itself: they have no comment.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from engine.request import request_id

# Methods of a driver's collection that send commands with a comment.
_COMMENTED = frozenset(
    {
        *("insert_one", "insert_many", "replace_one", "update_one", "update_many", "delete_one", "delete_many"),
        *("find", "find_one", "find_one_and_update", "find_one_and_delete", "bulk_write", "aggregate"),
        *("count_documents", "estimated_document_count", "create_index", "drop_index"),
    }
)


class CommentedCollection:
    """A driver's collection whose commands have a comment."""

    __slots__ = ("_comment", "_target")

    def __init__(self, target: Any, comment: str) -> None:
        self._target = target
        self._comment = comment

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        return partial(method, comment=self._comment) if name in _COMMENTED else method


def commented(collection: Any) -> Any:
    """Return a driver's collection that names the request to MongoDB; the same one without a request."""
    comment = request_id.get()
    return CommentedCollection(collection, comment) if comment else collection


def with_comment(command: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a command with the id of the request as its comment."""
    comment = request_id.get()
    return {**command, "comment": comment} if comment else command
