"""What a move of a database between two clusters needs of each: raw documents, changed ids, and a fence."""

from engine.store.moving.changes import ChangedIds
from engine.store.moving.copies import Copies
from engine.store.moving.fence import Fence

__all__ = ["ChangedIds", "Copies", "Fence"]
