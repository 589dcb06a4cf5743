"""Names of the dialect's system fields."""

from __future__ import annotations

from collections.abc import Mapping

# The dialect's names of the members of `_sys`.
STAMPS: Mapping[str, str] = {
    "_created": "_sys.created",
    "_changed": "_sys.updated",
    "_createdby": "_sys.created_by",
    "_changedby": "_sys.updated_by",
    "_version": "_sys.version",
}
# Users who wrote a document; the engine stores short ids.
ACTOR_FIELDS = ("_createdby", "_changedby")
PARENT = ("_parent_id", "_parent_def", "_parent_field")
# Fields that the service sets and clients send back with the rest of a document.
IGNORED = frozenset({"_id", *STAMPS, "_keywords", "_tags", "_mock"})
# The engine counts versions from 1, the dialect from 0.
FIRST_VERSION = 1
BY_KEY = "api"


def stored(path: str) -> str:
    """Return the path of a field in the engine."""
    return STAMPS.get(path, path)
