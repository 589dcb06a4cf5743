"""Creation and removal of a collection inside MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from engine.context.context import COUNTERS
from engine.context.spec import CollectionSpec
from engine.history.versions import INDEXES, SUFFIX
from engine.store import Store

# Creating a collection is mostly waiting for the journal; MongoDB lets these waits overlap.
_CONCURRENT_CREATIONS = 8


def make_storage(store: Store, database: str, specs: Sequence[CollectionSpec]) -> None:
    """Create collections with their unique indexes and, where they keep history, their versions. Idempotent."""
    if specs:
        with ThreadPoolExecutor(min(_CONCURRENT_CREATIONS, len(specs))) as pool:
            list(pool.map(lambda spec: _make_one(store, database, spec), specs))


def _make_one(store: Store, database: str, spec: CollectionSpec) -> None:
    store.create(database, spec.physical, unique=spec.schema.unique)
    if spec.history:
        store.create(database, spec.physical + SUFFIX, unique={}, indexes=INDEXES)


def drop_storage(store: Store, database: str, physical: str) -> None:
    """Delete a collection permanently, with its versions and counters."""
    for name in (physical, physical + SUFFIX, physical + COUNTERS):
        store.drop_collection(database, name)
