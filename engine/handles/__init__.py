"""What callers hold: a database, a collection, its files, its change feed, bound to an actor."""

from engine.handles.collection import Collection
from engine.handles.database import Database, Size, database_size
from engine.handles.feed import Feed, Happening
from engine.handles.files import Blobs, Shelf

__all__ = [
    "Blobs",
    "Collection",
    "Database",
    "Feed",
    "Happening",
    "Shelf",
    "Size",
    "database_size",
]
