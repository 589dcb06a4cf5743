"""Names of attributes in requests, as the paths at which documents have them."""

from __future__ import annotations

from collections.abc import Mapping

from dialects.communibase.entity_types.model import UPDATED_AT, UPDATED_BY, EntityType

STAMPS: Mapping[str, str] = {UPDATED_AT: "_sys.updated", UPDATED_BY: "_sys.updated_by"}


def stored_path(entity_type: EntityType, path: str) -> str:
    """Return the path of an attribute in a stored document: the service's own stamps lie in `_sys`."""
    return path if path in entity_type.by_title else STAMPS.get(path, path)
