"""Creation and removal of a collection inside MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from engine.context.context import COUNTERS
from engine.context.spec import CollectionSpec
from engine.history.versions import SUFFIX
from engine.store import Store

# Creating a collection is mostly waiting for the journal; MongoDB lets these waits overlap.
_CONCURRENT_CREATIONS = 8


def make_storage(store: Store, database: str, specs: Sequence[CollectionSpec]) -> None:
    """Create collections with their unique indexes. Idempotent.

    What lies beside a collection, its versions and counters, is created with the first of them: most collections
    of most tenants have none, and each costs MongoDB memory and files.
    """

    def make(spec: CollectionSpec) -> None:
        store.create(database, spec.physical, unique=spec.schema.unique)

    if specs:
        with ThreadPoolExecutor(min(_CONCURRENT_CREATIONS, len(specs))) as pool:
            list(pool.map(make, specs))


def drop_storage(store: Store, database: str, physical: str) -> None:
    """Delete a collection permanently, with its versions and counters."""
    for name in (physical, physical + SUFFIX, physical + COUNTERS):
        store.drop_collection(database, name)
