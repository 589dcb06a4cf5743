"""References to a document or to a part of it: the legacy form, a text."""

from __future__ import annotations

from typing import Any

from dialects.communibase.entity_types.model import ID


def parse_legacy(text: str) -> dict[str, Any]:
    """Return the reference that `Company|<id>.addresses|<id>` stands for.

    Each part is a name and an id; the first one is the entity type and the document. Raises `ValueError`.
    """
    steps = [part.partition("|") for part in text.split(".")]
    if not all(name and bar and ID.fullmatch(id) for name, bar, id in steps):
        raise ValueError("Must be a reference, an object with rootDocumentEntityType and rootDocumentId.")
    (title, _, root), *path = steps
    return {
        "rootDocumentEntityType": title,
        "rootDocumentId": root,
        "path": [{"field": name, "objectId": id} for name, _, id in path],
    }
