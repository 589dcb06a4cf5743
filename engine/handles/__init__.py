"""What callers hold: a database, a collection, its files, its change feed, bound to an actor."""

from engine.handles.access import CollectionAccess, compile_row_filter
from engine.handles.collection import Collection
from engine.handles.database import LIMITED, Database, Size, database_size
from engine.handles.feed import ChangeEvent, ChangeFeed
from engine.handles.files import Blobs, PublicFiles

__all__ = [
    "Blobs",
    "Collection",
    "CollectionAccess",
    "Database",
    "ChangeFeed",
    "ChangeEvent",
    "LIMITED",
    "PublicFiles",
    "Size",
    "compile_row_filter",
    "database_size",
]
