"""What callers hold: a database, a collection, its files, its change feed, bound to an actor."""

from engine.handles.collection import Collection
from engine.handles.database import Database, Size, database_size
from engine.handles.feed import ChangeEvent, ChangeFeed
from engine.handles.files import Blobs, PublicFiles

__all__ = [
    "Blobs",
    "Collection",
    "Database",
    "ChangeFeed",
    "ChangeEvent",
    "PublicFiles",
    "Size",
    "database_size",
]
