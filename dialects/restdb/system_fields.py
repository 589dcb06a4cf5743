"""The system fields of the dialect, beside the engine's `_sys`."""

from __future__ import annotations

from collections.abc import Mapping

# What the dialect calls the members of `_sys`.
STAMPS: Mapping[str, str] = {
    "_created": "_sys.created",
    "_changed": "_sys.updated",
    "_createdby": "_sys.created_by",
    "_changedby": "_sys.updated_by",
    "_version": "_sys.version",
}
# Who did it, of which the engine keeps short ids.
MAKERS = ("_createdby", "_changedby")
PARENT = ("_parent_id", "_parent_def", "_parent_field")
# What clients send back with the rest of a document, and what the service alone decides.
IGNORED = frozenset({"_id", *STAMPS, "_keywords", "_tags", "_mock"})
# The engine counts versions from 1, the dialect from 0.
FIRST_VERSION = 1
BY_KEY = "api"


def stored(path: str) -> str:
    """The path of a field as the engine has it."""
    return STAMPS.get(path, path)
