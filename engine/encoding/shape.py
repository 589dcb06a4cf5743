"""The shape of documents: the names of their fields, how deep they are nested, and how many values they have."""

from __future__ import annotations

from typing import Any

from engine.errors import PathErrors
from engine.limits import Limits

INT64 = range(-(2**63), 2**63)
# Field names that were found valid: documents of one collection have the same ones.
_valid_names: set[str] = set()
_MAX_REMEMBERED_NAMES = 10_000
_MAX_REMEMBERED_LENGTH = 100


def check_document(document: Any, *, limits: Limits, depth: int = 1) -> PathErrors:
    """Return every error of a document's shape, as (path, message): names, nesting, integer size, node count.

    Names may hold any text but a leading `$`, a dot or NUL: MongoDB gives those a meaning of its own. `depth` is
    the level that the document itself will lie at.
    """
    if type(document) is not dict:
        return [("", "A document must be a JSON object.")]
    errors: PathErrors = []
    nodes = 0
    stack: list[tuple[str, Any, int]] = [("", document, depth)]
    while stack:
        path, value, level = stack.pop()
        if level > limits.depth:
            return [*errors, (path, f"Nested deeper than {limits.depth} levels (MAX_DEPTH).")]
        nodes += len(value)
        if nodes > limits.document_nodes:
            return [*errors, ("", f"More than {limits.document_nodes} values (MAX_DOCUMENT_NODES).")]
        members = value.items() if type(value) is dict else enumerate(value)
        if type(value) is dict and not value.keys() <= _valid_names:
            errors.extend((join_path(path, name), error) for name in value if (error := _checked_name(name)))
        for name, child in members:
            kind = type(child)
            if kind is dict or kind is list:
                stack.append((join_path(path, name), child, level + 1))
            elif kind is int and child not in INT64:
                errors.append((join_path(path, name), "The integer does not fit in 64 bits."))
    return errors


def _checked_name(name: str) -> str:
    """Return why a field name is refused, or an empty text, and remember it then."""
    error = name_error(name)
    if not error and len(name) <= _MAX_REMEMBERED_LENGTH:
        if len(_valid_names) >= _MAX_REMEMBERED_NAMES:
            _valid_names.clear()
        _valid_names.add(name)
    return error


def name_error(name: str) -> str:
    """Return why a field name is refused, or an empty text."""
    if name[:1] == "$":
        return "A field name must not begin with '$'."
    if "." in name:
        return "A field name must not contain a dot."
    return "A field name must not contain NUL." if "\0" in name else ""


def path_error(path: str, *, limits: Limits) -> str:
    """Return why a dotted path is refused, or an empty text."""
    names = path.split(".")
    if not all(names):
        return "A field name must not be empty."
    if len(names) > limits.depth:
        return f"Deeper than {limits.depth} levels (MAX_DEPTH)."
    if any(name.isdecimal() and (len(name) > 9 or int(name) > limits.document_nodes) for name in names[1:]):
        # MongoDB would fill an array up to that place.
        return f"There is no element beyond {limits.document_nodes} (MAX_DOCUMENT_NODES)."
    return next((text for name in names if (text := name_error(name))), "")


def ancestor_paths(path: str) -> list[str]:
    """Return the paths of the objects that a dotted path leads through, the outermost first."""
    names = path.split(".")
    return [".".join(names[:count]) for count in range(1, len(names))]


def join_path(path: str, name: str | int) -> str:
    """Return the path of a member of what lies at a path; the document itself has an empty one."""
    return f"{path}.{name}" if path else str(name)
