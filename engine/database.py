"""A database as one actor may use it: the only way to its collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.codec import check_document
from engine.collection import Collection, Spec, now, require
from engine.errors import FieldError, NotFound
from engine.events import PUBLISHED, PUBLISHED_SECONDS
from engine.schema import invalid
from engine.storage import Size, database_size
from engine.store import Store

_MAX_CHANNEL = 200


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

    def publish(self, channel: str, data: Any) -> None:
        """Tells a message to those who listen now, or come back within an hour; needs INSERT."""
        self.require(Action.INSERT)
        faults = [FieldError("data", text) for _, text in check_document({"": data}, limits=self.store.limits)]
        if not 1 <= len(channel) <= _MAX_CHANNEL or "\0" in channel:
            faults.append(FieldError("event", f"Must have 1 to {_MAX_CHANNEL} characters, without NUL."))
        if faults:
            raise invalid(faults)
        self.store.make_expiring(self.physical, PUBLISHED, field="at", seconds=PUBLISHED_SECONDS)
        message = {"_id": ObjectId(), "channel": channel, "data": data, "by": self.actor, "at": now()}
        self.store.insert(self.physical, PUBLISHED, [message])

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
