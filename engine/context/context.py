"""The execution context of operations: who acts on which collection, with which store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from bson import ObjectId

from engine.actions import Action, BoundedActions, closed
from engine.context.spec import CollectionSpec
from engine.errors import Forbidden
from engine.schema.collation import Collation, option
from engine.schema.schema import SYSTEM, new_stamps
from engine.store import Store

T = TypeVar("T")
C = TypeVar("C", bound="Context")
# The physical name of a collection that is not made yet: MongoDB has none of this name, and reads it as empty.
PLANNED = "-planned-"
# A collection's counters lie beside it: `{_id: field, last}`.
COUNTERS = ".counters"


@dataclass(frozen=True)
class AuditStamp:
    """Who supersedes a version, when, and through which surface."""

    by: str
    at: datetime
    via: str


@dataclass(frozen=True)
class Context:
    """An actor on one collection. `siblings` are the collections that it may read in the same database.

    Only `require` checks permissions; the reads are for operations that have called it.
    """

    store: Store
    database: str
    spec: CollectionSpec
    actor: str
    allowed: frozenset[Action]
    surface: str = ""
    siblings: Mapping[str, CollectionSpec] = field(default_factory=dict)

    def require(self, action: Action) -> None:
        """Raise `Forbidden` unless the action is allowed."""
        require(self.allowed, action)

    def audit_stamp(self) -> AuditStamp:
        """Return the audit stamp (actor, time, surface) of the versions that this actor supersedes now."""
        return AuditStamp(by=self.actor, at=now(), via=self.surface)

    def in_transaction(self: C, work: Callable[[C], T]) -> T:
        """Run `work` in a transaction, on a context bound to it, and return its result. May call it again."""
        return self.store.transaction(lambda session: work(replace(self, store=self.store.within(session))))

    @property
    def counters(self) -> str:
        """Name of the collection in MongoDB that holds the counters of autonumber fields."""
        return self.spec.physical + COUNTERS

    def assign_autonumbers(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Set the autonumber fields of documents, in order, and return the documents. A later failure
        leaves a gap. A number that a document has already stays, and later numbers are larger.
        """
        for name in self.spec.schema.autonumbers:
            numbers = [document[name] for document in documents if document.get(name) is not None]
            if numbers:
                self.store.raise_counter(self.database, self.counters, name, max(numbers))
            rest = [document for document in documents if document.get(name) is None] if numbers else documents
            first = self.store.reserve(self.database, self.counters, name, len(rest)) if rest else 0
            for number, document in enumerate(rest, first):
                document[name] = number
        return documents

    def with_numbers(self, document: Mapping[str, Any], current: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return an earlier state of a document with the numbers of its hidden fields: its current ones, or new
        ones for a document that has none.
        """
        numbers = {}
        for name in self.spec.schema.hidden_numbers:
            if document.get(name) is None:
                present = None if current is None else current.get(name)
                numbers[name] = present or self.store.reserve(self.database, self.counters, name, 1)
        return {**document, **numbers}

    def insert_all(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Store prepared documents, all or none, and return them."""
        if self.needs_transaction:
            return self.in_transaction(lambda bound: bound.insert_all(documents))
        self.store.insert(self.database, self.spec.physical, documents)
        return documents

    @property
    def needs_transaction(self) -> bool:
        """Whether a write must be aborted where its result would be outside the row filter."""
        return self.store.needs_transaction(self.database, self.spec.physical)

    def for_writing(self: C) -> C:
        """Return the context of a checked write, which reads masked documents as they are stored."""
        store = self.store.writing()
        return self if store is self.store else replace(self, store=store)

    def matching(self, filter: Mapping[str, Any], collation: Collation | None = None) -> list[ObjectId]:
        """Return the ids of all documents that match."""
        options = option(collation)
        documents = self.store.all(self.database, self.spec.physical, filter, fields={"_id": 1}, options=options)
        return [document["_id"] for document in documents]

    def first(
        self, filter: Mapping[str, Any], count: int, collation: Collation | None = None
    ) -> list[dict[str, Any]]:
        """Return the first `count` documents that match, as stored."""
        return self.store.all(self.database, self.spec.physical, filter, limit=count, options=option(collation))

    def project(self, ids: Any, names: Iterable[str] | None) -> list[dict[str, Any]]:
        """Return some documents with the named fields, or with all. `ids` is the condition on `_id`."""
        fields = None if names is None else dict.fromkeys(names, 1)
        return self.store.all(self.database, self.spec.physical, {"_id": ids}, fields=fields)

    def stored(self, document_id: ObjectId) -> dict[str, Any] | None:
        """Return a document as stored, or None."""
        documents = self.store.all(self.database, self.spec.physical, {"_id": document_id})
        return documents[0] if documents else None


def require(allowed: frozenset[Action], action: Action) -> None:
    """Raise `Forbidden` unless the action is among the allowed ones.

    Raises what `engine.actions.close` has set, and what the check of bounded permissions raises.
    """
    if action not in allowed:
        raise Forbidden(f"This needs the permission {action.value!r}.")
    if error_of := closed.get(action):
        raise error_of()
    if type(allowed) is BoundedActions and action in allowed.checked:
        allowed.check()


def now() -> datetime:
    """Return the current time as it is stored: naive UTC, to the millisecond."""
    timestamp = datetime.now(UTC).replace(tzinfo=None)
    return timestamp.replace(microsecond=timestamp.microsecond // 1000 * 1000)


def stamp(documents: Sequence[dict[str, Any]], *, ids: Sequence[ObjectId], actor: str, now: datetime) -> None:
    """Give new documents their ids and system fields."""
    for document, name in zip(documents, ids, strict=True):
        document["_id"] = name
        document[SYSTEM] = new_stamps(actor=actor, now=now)
