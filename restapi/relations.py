"""Which documents belong to which: children to their parent."""

from __future__ import annotations

import engine


def child_collection(parent: engine.Collection, field: str) -> str:
    """The collection that the children under a field are in; raises `NotFound`."""
    if field not in parent.siblings:
        raise engine.NotFound(f"The collection {parent.spec.name!r} has no children {field!r}.")
    return field


def parent_members(parent: engine.Collection, document_id: str, field: str) -> dict[str, str]:
    """What a child says of its parent."""
    return {"_parent_id": document_id.lower(), "_parent_def": parent.spec.name, "_parent_field": field}
