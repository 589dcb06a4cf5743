"""A database as one actor may use it: the only way to its collections."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.actions import Action
from engine.context.context import now, require
from engine.context.ids import new_id
from engine.context.spec import Spec
from engine.encoding.json import check_document
from engine.errors import FieldError, Forbidden, NotFound, invalid
from engine.events.event import PUBLISHED, PUBLISHED_SECONDS
from engine.handles.collection import Collection
from engine.schema.schema import SYSTEM
from engine.store import Store

_MAX_CHANNEL = 200


@dataclass(frozen=True)
class Database:
    """Bound to its actor and to what the actor may do here; `physical` is its name inside MongoDB.

    `channels` are those on which messages may be published, None where INSERT allows every one.
    """

    store: Store
    id: str
    name: str
    physical: str
    actor: str
    allowed: frozenset[Action]
    specs: Mapping[str, Spec]
    surface: str = ""
    channels: frozenset[str] | None = None

    def narrowed(
        self,
        rights: Mapping[str, frozenset[Action]],
        *,
        own: Names[str],
        besides: frozenset[Action],
        channels: frozenset[str],
    ) -> Database:
        """As somebody may use it whose rights differ by collection: one that `rights` does not name is not there.

        Of the collections in `own` there is only what the actor made. `besides` is allowed where no collection is
        meant, such as with files.
        """
        specs = {
            name: replace(spec, allowed=rights[name], own=name in own)
            for name, spec in self.specs.items()
            if rights.get(name)
        }
        made = {f"{SYSTEM}.created_by": self.actor}
        # Also those that are not there for the actor: nothing that is read on the way may show them.
        filters = {(self.physical, spec.physical): made for name, spec in self.specs.items() if name in own}
        store = self.store.with_row_filter(filters)
        return replace(self, store=store, allowed=besides, specs=specs, channels=channels)

    def require(self, action: Action) -> None:
        require(self.allowed, action)

    def publish(self, channel: str, data: Any) -> None:
        """Tells a message to those who listen now, or come back within an hour; needs INSERT."""
        if self.channels is None:
            self.require(Action.INSERT)
        elif channel not in self.channels:
            raise Forbidden(f"You may not publish {channel!r}.")
        errors = [FieldError("data", text) for _, text in check_document({"": data}, limits=self.store.limits)]
        if not 1 <= len(channel) <= _MAX_CHANNEL or "\0" in channel:
            errors.append(FieldError("event", f"Must have 1 to {_MAX_CHANNEL} characters, without NUL."))
        if errors:
            raise invalid(errors)
        self.store.make_expiring(self.physical, PUBLISHED, field="at", seconds=PUBLISHED_SECONDS)
        message = {"_id": new_id(), "channel": channel, "data": data, "by": self.actor, "at": now()}
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
        allowed = self.allowed if spec.allowed is None else spec.allowed
        return Collection(self.store, self.physical, spec, self.actor, allowed, self.surface, self.readable)

    @property
    def readable(self) -> Mapping[str, Spec]:
        """The collections that may be looked into from others; all, unless rights differ by collection."""
        if self.channels is None:
            return self.specs
        return {name: spec for name, spec in self.specs.items() if spec.may(Action.READ, else_allowed=self.allowed)}


@dataclass(frozen=True)
class Size:
    """In bytes: documents as they are written, what they and their history take on disk, and the indexes."""

    data: int
    storage: int
    indexes: int

    @property
    def total(self) -> int:
        return self.storage + self.indexes


def database_size(store: Store, database: str) -> Size:
    """Of a whole database, the history of its documents included."""
    found = store.command(database, {"dbStats": 1})
    return Size(int(found["dataSize"]), int(found["storageSize"]), int(found["indexSize"]))
