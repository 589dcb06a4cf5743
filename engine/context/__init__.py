"""Who acts on which collection with which store."""

from engine.context.context import PLANNED, now
from engine.context.ids import id_prefix, new_id, new_ids
from engine.context.spec import CollectionSpec

__all__ = [
    "PLANNED",
    "CollectionSpec",
    "id_prefix",
    "new_id",
    "new_ids",
    "now",
]
