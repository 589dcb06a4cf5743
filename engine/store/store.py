"""The store: one MongoDB cluster."""

from __future__ import annotations

from engine.store.admin import Layout
from engine.store.dump import Dumping
from engine.store.moving import ChangedIds, Copies, Fence
from engine.store.oplog import OplogReading
from engine.store.read import Reading
from engine.store.write import Writing


class Store(Reading, OplogReading, Writing, Layout, Dumping, ChangedIds, Copies, Fence):
    """One MongoDB cluster. Connects at its first use, so it may be made before a process forks."""
