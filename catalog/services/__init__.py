"""What happens to databases and collections as such.

An entry is made in three steps (row CREATING, storage, row READY) and dropped in three (row DROPPING, no storage,
no row), so a crash between two of them leaves something that `sweep` finishes and that nobody has seen.
"""

from catalog.services.dropping import drop_collections, drop_database, sweep
from catalog.services.filling import abandon_filling, open_filling, publish
from catalog.services.making import add_collections, create_database
from catalog.services.opening import open_database, open_feed, store
from catalog.services.reading import count_collections, describe_database, list_databases, stats

__all__ = [
    "abandon_filling",
    "add_collections",
    "count_collections",
    "create_database",
    "describe_database",
    "drop_collections",
    "drop_database",
    "list_databases",
    "open_database",
    "open_feed",
    "open_filling",
    "publish",
    "stats",
    "store",
    "sweep",
]
