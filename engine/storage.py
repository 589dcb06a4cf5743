"""Makes and removes what a collection has inside MongoDB."""

from __future__ import annotations

from engine.archive import INDEXES, SUFFIX
from engine.collection import Spec
from engine.store import Store


def make_storage(store: Store, database: str, spec: Spec) -> None:
    """A collection with its unique indexes and, where it keeps history, its versions; safe to do again."""
    store.create(database, spec.physical, unique=spec.schema.unique)
    if spec.history:
        store.create(database, spec.physical + SUFFIX, unique={}, indexes=INDEXES)


def drop_storage(store: Store, database: str, physical: str) -> None:
    """Removes a collection with all its versions, for good."""
    store.drop_collection(database, physical)
    store.drop_collection(database, physical + SUFFIX)
