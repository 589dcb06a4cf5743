"""The store: one MongoDB cluster."""

from __future__ import annotations

from engine.store.admin import Layout
from engine.store.dump import Dumping
from engine.store.oplog import OplogReading
from engine.store.read import Reading
from engine.store.write import Writing


class Store(Reading, OplogReading, Writing, Layout, Dumping):
    """One MongoDB cluster. Connects at its first use, so it may be made before a process forks."""
