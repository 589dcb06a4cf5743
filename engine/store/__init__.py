"""The only place that talks to MongoDB."""

from engine.store.layout import Layout
from engine.store.reading import BUCKET, Reading
from engine.store.trouble import named, names_one
from engine.store.writing import Writing

__all__ = ["BUCKET", "Store", "named", "names_one"]


class Store(Reading, Writing, Layout):
    """One MongoDB cluster. Connects at its first use, so it may be made before a process forks."""
