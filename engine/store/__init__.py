"""The only place that talks to MongoDB."""

from engine.store.layout import Layout
from engine.store.oplog import OplogReading, OplogScan, scanned
from engine.store.reading import BUCKET, Reading
from engine.store.trouble import named, names_one
from engine.store.writing import Writing

__all__ = ["BUCKET", "OplogScan", "Store", "named", "names_one", "scanned"]


class Store(Reading, OplogReading, Writing, Layout):
    """One MongoDB cluster. Connects at its first use, so it may be made before a process forks."""
