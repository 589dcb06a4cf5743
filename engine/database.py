"""A database as one actor may use it: the only way to its collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.actions import Action
from engine.collection import Collection, Spec, require
from engine.errors import NotFound
from engine.storage import Size, database_size
from engine.store import Store


@dataclass(frozen=True)
class Database:
    """Bound to its actor and to what the actor may do here; `physical` is its name inside MongoDB."""

    store: Store
    id: str
    name: str
    physical: str
    actor: str
    allowed: frozenset[Action]
    specs: Mapping[str, Spec]
    surface: str = ""

    def require(self, action: Action) -> None:
        require(self.allowed, action)

    def size(self) -> Size:
        """Of all its collections, their history included."""
        self.require(Action.READ)
        return database_size(self.store, self.physical)

    def collection(self, name: str) -> Collection:
        """Raises `NotFound` unless the catalog lists it."""
        spec = self.specs.get(name)
        if spec is None:
            raise NotFound(f"The database has no collection {name!r}.")
        return Collection(self.store, self.physical, spec, self.actor, self.allowed, self.surface, self.specs)
