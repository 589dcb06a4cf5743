"""The state of a database's entity types, by which sessions notice which ones have changed.

Their changes are no change events: they are in SQL, and other dialects change collections as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import Any

from cachetools import LRUCache

import engine
from catalog.services.entity_types import declared_types
from dialects.communibase.entity_types.catalog import EntityTypes
from engine.encoding import dumps

_DIGEST_BYTES = 8
_MAX_DATABASES = 1_000


@dataclass(frozen=True)
class TypeState:
    """A digest of every entity type by its id; `name` is a digest of all."""

    name: str
    digests: Mapping[str, str]

    def changed_since(self, before: Mapping[str, str]) -> list[str]:
        """Return the ids of the entity types that differ from earlier digests, of removed ones as well."""
        return [id for id in {**before, **self.digests} if before.get(id) != self.digests.get(id)]


class TypeStates:
    """The present states of databases; used by several threads. A cached catalog entry is read once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._states: LRUCache[str, tuple[Any, Any, TypeState]] = LRUCache(_MAX_DATABASES)

    def current(self, database: engine.Database) -> TypeState:
        """Return the state of a database's entity types."""
        declared = declared_types(database.id)
        with self._lock:
            specs, types, state = self._states.get(database.id, (None, None, None))
        if state is not None and specs is database.specs and types is declared:
            return state
        digests = {item.id: _digest(item.as_document()) for item in EntityTypes.of(database)}
        state = TypeState(_digest(digests), digests)
        with self._lock:
            self._states[database.id] = (database.specs, declared, state)
        return state


def _digest(value: Any) -> str:
    return blake2b(dumps(value), digest_size=_DIGEST_BYTES).hexdigest()
