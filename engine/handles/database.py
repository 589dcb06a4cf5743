"""A database as one actor may use it: the only way to its collections."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.actions import Action
from engine.context.context import now, require
from engine.context.ids import new_id
from engine.context.spec import CollectionSpec
from engine.encoding.shape import check_document
from engine.errors import FieldError, Forbidden, NotFound, invalid
from engine.events.event import PUBLISHED, PUBLISHED_SECONDS
from engine.handles.access import CollectionAccess
from engine.handles.collection import Collection
from engine.query.query import Query
from engine.read.literal import match_documents
from engine.schema.schema import SYSTEM
from engine.store import Store

_MAX_CHANNEL = 200
LIMITED = "This credential is limited to named collections; this operation needs the whole database."


@dataclass(frozen=True)
class Database:
    """Bound to its actor and the actor's permissions. `physical` is its name inside MongoDB.

    `channels` are those on which the actor may publish; None means that INSERT allows every channel. `files` are
    the actions on files, None for those that are `allowed`.
    """

    store: Store
    id: str
    name: str
    physical: str
    actor: str
    allowed: frozenset[Action]
    specs: Mapping[str, CollectionSpec]
    surface: str = ""
    channels: frozenset[str] | None = None
    files: frozenset[Action] | None = None

    def with_permissions(
        self,
        rights: Mapping[str, frozenset[Action]],
        *,
        own: Names[str],
        besides: frozenset[Action],
        channels: frozenset[str],
    ) -> Database:
        """Return this database for an actor whose permissions differ by collection.

        Collections that `rights` does not name do not exist for it; of those in `own` it sees only its own
        documents. `besides` are the actions where no collection is meant, such as on files.
        """
        specs = {
            name: replace(spec, allowed=rights[name], own=name in own)
            for name, spec in self.specs.items()
            if rights.get(name)
        }
        by_actor = {f"{SYSTEM}.created_by": self.actor}
        # Also those that are not there for the actor: nothing that is read on the way may show them.
        filters = {(self.physical, spec.physical): by_actor for name, spec in self.specs.items() if name in own}
        store = self.store.with_row_filter(filters)
        return replace(self, store=store, allowed=besides, specs=specs, channels=channels)

    def restricted_to(
        self, access: Mapping[str, CollectionAccess], *, files: frozenset[Action] = frozenset()
    ) -> Database:
        """Return this database for a credential of named collections: nothing else of it exists or is allowed.

        Raises `Forbidden` for a row filter that does not fit its collection.
        """
        named = {name: (self.specs[name], item) for name, item in access.items() if name in self.specs}
        rules = {
            (self.physical, spec.physical): rule
            for spec, item in named.values()
            if (rule := item.rule(spec, limits=self.store.limits)) is not None
        }
        return replace(
            self,
            store=self.store.with_row_filter(rules),
            allowed=frozenset(),
            specs={name: item.restrict(spec) for name, (spec, item) in named.items()},
            channels=frozenset(),
            files=files,
        )

    @property
    def is_restricted(self) -> bool:
        """Whether permissions differ by collection, so that an operation on the whole database is not possible."""
        return self.channels is not None

    @property
    def document_actions(self) -> frozenset[Action]:
        """The actions that are allowed in at least one collection."""
        if not self.is_restricted:
            return self.allowed
        return frozenset().union(*(spec.allowed or frozenset() for spec in self.specs.values()))

    def require(self, action: Action) -> None:
        """Raise `Forbidden` unless the action is allowed on the whole database."""
        if not self.allowed and self.files is not None:
            raise Forbidden(LIMITED)
        require(self.allowed, action)

    def require_for_files(self, action: Action) -> None:
        """Raise `Forbidden` unless the action is allowed on files."""
        if self.files is None:
            self.require(action)
        elif action not in self.files:
            raise Forbidden(f"This needs the permission {action.value!r} on the files of the database.")

    def publish(self, channel: str, data: Any) -> None:
        """Publish a message to current subscribers and to those that resume within an hour. Needs INSERT."""
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

    def match(self, documents: Sequence[Mapping[str, Any]], query: Query) -> list[dict[str, Any]]:
        """Return those of the caller's own documents that match; `limit` 0 is all of them. Nothing is stored.

        Descriptions of collections are searched so, in the language of stored documents.
        """
        return match_documents(self.store, self.physical, documents, query)

    def size(self) -> Size:
        """Return the size of all collections, history included."""
        self.require(Action.READ)
        return database_size(self.store, self.physical)

    def compact(self) -> int:
        """Return unused space to the disk, and return the number of collections that had some. Needs DESIGN."""
        self.require(Action.DESIGN)
        return self.store.compact(self.physical)

    def collection(self, name: str) -> Collection:
        """Return a handle of a collection. Raises `NotFound` unless the catalog lists it."""
        spec = self.specs.get(name)
        if spec is None:
            raise NotFound(f"The database has no collection {name!r}.")
        allowed = self.allowed if spec.allowed is None else spec.allowed
        return Collection(self.store, self.physical, spec, self.actor, allowed, self.surface, self.readable)

    @property
    def readable(self) -> Mapping[str, CollectionSpec]:
        """Collections that others may read: all, unless permissions differ by collection."""
        if self.channels is None:
            return self.specs
        return {name: spec for name, spec in self.specs.items() if spec.may(Action.READ, else_allowed=self.allowed)}


@dataclass(frozen=True)
class Size:
    """Sizes in bytes: uncompressed documents, storage of documents and history, and indexes.

    `documents` is the number of documents, versions and parts of files.
    """

    data: int
    storage: int
    indexes: int
    documents: int = 0

    @property
    def total(self) -> int:
        return self.storage + self.indexes


def database_size(store: Store, database: str) -> Size:
    """Return the size of a database, history included."""
    stats = store.command(database, {"dbStats": 1})
    return Size(*(int(stats[name]) for name in ("dataSize", "storageSize", "indexSize", "objects")))
