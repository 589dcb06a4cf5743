"""The only place that talks to MongoDB."""

from engine.store.admin import Layout
from engine.store.driver_errors import named, names_one
from engine.store.oplog import OplogReading, OplogScan, scanned
from engine.store.read import BUCKET, Reading
from engine.store.write import Writing

__all__ = ["BUCKET", "OplogScan", "Store", "named", "names_one", "scanned"]


class Store(Reading, OplogReading, Writing, Layout):
    """One MongoDB cluster. Connects at its first use, so it may be made before a process forks."""
