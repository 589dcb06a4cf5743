"""A collection as one actor may use it: insert, find, count, update, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.archive import Archive, Ending
from engine.change import Change
from engine.errors import Forbidden, Invalid, TooLarge
from engine.history import History
from engine.query import Page, Query
from engine.schema import SYSTEM, Schema
from engine.store import Store


@dataclass(frozen=True)
class Spec:
    """What the catalog knows of a collection; `physical` is its name inside MongoDB."""

    name: str
    physical: str
    schema: Schema = field(default_factory=Schema)
    history: bool = True


@dataclass(frozen=True)
class Collection:
    """Bound to its actor; each verb raises `Forbidden` unless its action is allowed."""

    store: Store
    database: str
    spec: Spec
    actor: str
    allowed: frozenset[Action]
    surface: str = ""

    def require(self, action: Action) -> None:
        require(self.allowed, action)

    @property
    def history(self) -> History:
        """What the documents were; raises `Invalid` where the collection keeps no history."""
        return History(self)

    def ending(self) -> Ending:
        """How this actor ends, now, the state that a document is in."""
        return Ending(by=self.actor, at=now(), via=self.surface)

    def insert(self, documents: Sequence[Any]) -> list[ObjectId]:
        """The new ids, in order. All documents are stored or none; every fault of each is reported."""
        self.require(Action.INSERT)
        limits = self.store.limits
        if not documents:
            raise Invalid("There are no documents to insert.")
        if len(documents) > limits.batch_documents:
            raise TooLarge(f"At most {limits.batch_documents} documents at once (MAX_BATCH_DOCUMENTS).")
        found = self.spec.schema.coerce(documents, limits=limits)
        stamp(found, ids=[ObjectId() for _ in found], actor=self.actor, now=now())
        self.store.insert(self.database, self.spec.physical, found)
        return [document["_id"] for document in found]

    def find(self, query: Query) -> Page:
        """One page; the total is counted only where the page itself does not tell it."""
        self.require(Action.READ)
        limits = self.store.limits
        filter = query.compiled(self.spec.schema, limits=limits)
        skip, limit = query.checked_page(limits=limits)
        documents = self.store.find(
            self.database,
            self.spec.physical,
            filter,
            sort=query.checked_sort(limits=limits),
            fields=query.checked_fields(limits=limits),
            skip=skip,
            limit=limit,
        )
        if len(documents) < limit and (documents or not skip):
            total = skip + len(documents)
        else:
            total = self.store.count(self.database, self.spec.physical, filter)
        return Page(self.spec.schema.present(documents), total)

    def count(self) -> int:
        """How many documents there are, by MongoDB's own count."""
        self.require(Action.READ)
        return self.store.count(self.database, self.spec.physical, {})

    def update(self, query: Query, change: Change) -> int:
        """How many documents were written: every one that matches, or none."""
        self.require(Action.WRITE)
        schema, limits = self.spec.schema, self.store.limits
        values = change.compiled(schema, limits=limits)
        filter = change.narrowed(query.compiled(schema, limits=limits), values)
        ending = self.ending()
        statement = change.statement(values, actor=self.actor, now=ending.at)
        if self.spec.history:
            return self._archive.update(filter, statement, ending=ending)
        return self.store.update(self.database, self.spec.physical, filter, statement)

    def delete(self, query: Query) -> int:
        """How many documents were deleted: every one that matches, or none."""
        self.require(Action.DELETE)
        filter = query.compiled(self.spec.schema, limits=self.store.limits)
        if self.spec.history:
            return self._archive.delete(filter, ending=self.ending())
        return self.store.delete(self.database, self.spec.physical, filter)

    @property
    def _archive(self) -> Archive:
        return Archive(self.store, self.database, self.spec.physical)

    def load(self, documents: Sequence[dict[str, Any]], *, ids: Sequence[ObjectId]) -> None:
        """Inserts a batch of an import under ids of the importer's making; doing it again does nothing."""
        self.require(Action.INSERT)
        found = self.spec.schema.coerce(documents, limits=self.store.limits)
        stamp(found, ids=ids, actor=self.actor, now=now())
        self.store.insert_again(self.database, self.spec.physical, found)

    def unload(self, *, first: ObjectId, last: ObjectId) -> None:
        """Takes back what `load` inserted under the ids from `first` to `last`."""
        self.require(Action.INSERT)
        self.store.delete_ids(self.database, self.spec.physical, first=first, last=last)

    def loaded(self, *, first: ObjectId, last: ObjectId) -> int:
        """How many documents there are under the ids from `first` to `last`."""
        self.require(Action.INSERT)
        return self.store.distinct_ids(self.database, self.spec.physical, first=first, last=last)


def require(allowed: frozenset[Action], action: Action) -> None:
    if action not in allowed:
        raise Forbidden(f"This needs the permission {action.value!r}.")


def now() -> datetime:
    """The time as it is stamped: naive UTC, to the millisecond that BSON keeps."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def stamp(documents: Sequence[dict[str, Any]], *, ids: Sequence[ObjectId], actor: str, now: datetime) -> None:
    """Gives new documents their ids and system fields."""
    for document, name in zip(documents, ids, strict=True):
        document["_id"] = name
        document[SYSTEM] = {
            "version": 1,
            "created": now,
            "created_by": actor,
            "updated": now,
            "updated_by": actor,
        }
