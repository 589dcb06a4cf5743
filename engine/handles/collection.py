"""A collection as one actor may use it: insert, find, count, update, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bson import ObjectId

from engine.actions import Action
from engine.context.context import COUNTERS, Ending, now, require, stamp
from engine.context.ids import created_at, new_ids
from engine.context.spec import Spec
from engine.errors import Invalid, TimedOut, TooLarge
from engine.history.history import History
from engine.history.versions import Archive
from engine.indexes.indexes import Indexes
from engine.query.error_location import locating
from engine.query.nearness import split_nearness
from engine.query.query import Count, Page, Query
from engine.read.aggregate import Analysis, Distinct
from engine.read.expand import Expansion
from engine.read.explain import Explanation, explain
from engine.read.pages import Pages
from engine.schema.collation import Collation, option
from engine.store import Store
from engine.update.change import Prepared, applied
from engine.write.dry_run import Preview, rehearsed
from engine.write.operations import AnyChange, Delete, Operation, Update, Written

T = TypeVar("T")
_AT_ONCE = 256


@dataclass(frozen=True)
class Collection:
    """Bound to its actor; each verb raises `Forbidden` unless its action is allowed."""

    store: Store
    database: str
    spec: Spec
    actor: str
    allowed: frozenset[Action]
    surface: str = ""
    siblings: Mapping[str, Spec] = field(default_factory=dict)

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
        return [document["_id"] for document in self._stored(self.fresh(documents))]

    def create(self, documents: Sequence[Any], *, lenient: bool = False) -> list[dict[str, Any]]:
        """As `insert`, but answers the new documents as they are read.

        With `lenient` the schema refuses nothing: what does not fit its field is stored as it was sent.
        """
        return self.spec.schema.present(self._stored(self.fresh(documents, lenient=lenient)))

    def _stored(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.store.insert(self.database, self.spec.physical, found)
        return found

    def fresh(self, documents: Sequence[Any], *, lenient: bool = False) -> list[dict[str, Any]]:
        """New documents, checked and stamped, ready to be stored."""
        self.require(Action.INSERT)
        limits = self.store.limits
        if not documents:
            raise Invalid("There are no documents to insert.")
        if len(documents) > limits.batch_documents:
            raise TooLarge(f"At most {limits.batch_documents} documents at once (MAX_BATCH_DOCUMENTS).")
        found = self.numbered(self.spec.schema.coerce(documents, limits=limits, lenient=lenient))
        ids = new_ids(len(found))
        # The time of the ids, or two documents could sort by `_id` and by `created` in different orders.
        stamp(found, ids=ids, actor=self.actor, now=created_at(ids[0]))
        return found

    @property
    def counters(self) -> str:
        """Where MongoDB has the collection's autonumbers."""
        return self.spec.physical + COUNTERS

    def numbered(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The same documents with their autonumbers, in order; what fails afterwards leaves a gap."""
        for name in self.spec.schema.autonumbers:
            first = self.store.reserve(self.database, self.counters, name, len(documents)) if documents else 0
            for number, document in enumerate(documents, first):
                document[name] = number
        return documents

    def find(self, query: Query) -> Page:
        """One page; the total is counted only where the page itself does not tell it."""
        self.require(Action.READ)
        if not query.expand:
            return self._pages.page(query)
        expansion = Expansion(self.store, self.database, self.siblings)
        tree = expansion.check(self.spec.schema, query.expand)
        page = self._pages.page(query)
        expansion.expand(page.documents, self.spec.schema, tree)
        return page

    def each(self, query: Query) -> Iterator[list[dict[str, Any]]]:
        """Every document that matches, a few at a time, in memory that does not grow with their number.

        Page by page: what changes meanwhile may be met as it was or as it is, but nothing is met twice or left out.
        """
        self.require(Action.READ)
        if split_nearness(query.filter, root=query.root, limits=self.store.limits)[1]:
            raise Invalid.of_field(query.root, "All documents at once have no order by distance; use $geoWithin.")
        if query.score:
            raise Invalid.of_field("score", "All documents at once have no order by score.")
        size, cursor = _AT_ONCE, ""
        while True:
            try:
                page = self._pages.page(replace(query, skip=0, limit=size, cursor=cursor, count=Count.NONE))
            except (TimedOut, TooLarge):
                if size == 1:
                    raise
                size //= 4
                continue
            yield page.documents
            if page.next is None:
                return
            cursor = page.next

    def explain(self, query: Query) -> Explanation:
        """How `find` would get at its page, and what that takes."""
        self.require(Action.READ)
        reading = self._pages.reading(query)
        store, physical = self.store, self.spec.physical
        with locating(query.request):
            return explain(store, self.database, physical, reading, sorted_by_caller=bool(query.sort))

    @property
    def indexes(self) -> Indexes:
        """What makes queries of this collection quick."""
        return Indexes(self)

    def aggregate(self, pipeline: Any, *, collation: Collation | None = None) -> list[dict[str, Any]]:
        """What a pipeline gives, at most a page of it; it may look into the other collections of the database."""
        self.require(Action.READ)
        return self._analysis.aggregate(pipeline, collation)

    def distinct(self, field: str, query: Query) -> Distinct:
        """The values that a field has, or its elements where it is an array, in the documents that match."""
        self.require(Action.READ)
        return self._analysis.distinct(field, query)

    def count(self) -> int:
        """How many documents there are, by MongoDB's own count."""
        self.require(Action.READ)
        return self.store.count(self.database, self.spec.physical, {})

    def size(self) -> dict[str, int]:
        """`{documents, bytes, index_bytes, versions, version_bytes}`; bytes before compression."""
        self.require(Action.READ)
        own = self.store.size(self.database, self.spec.physical)
        kept = self.store.size(self.database, self._archive.name)
        return own | {"versions": kept["documents"], "version_bytes": kept["bytes"] + kept["index_bytes"]}

    def update(self, query: Query, change: AnyChange) -> int:
        """How many documents were written: every one that matches, or none."""
        return self.write(Update(query, change)).count

    def change(self, query: Query, change: AnyChange) -> dict[str, Any] | None:
        """As `update` of the one document that the query names by its `_id`, which is answered as it is read
        afterwards; None where there is none.
        """
        self.require(Action.READ)
        operation = Update(query, change, one=True)
        with locating(*operation.requests):
            found = operation.ready(self).result(self)
        return self.spec.schema.present([found])[0] if found else None

    def delete(self, query: Query) -> int:
        """How many documents were deleted: every one that matches, or none."""
        return self.write(Delete(query)).count

    def discard(self, query: Query) -> list[ObjectId]:
        """The ids of the documents that were deleted: every one that matches, at most a batch, or none."""
        self.require(Action.DELETE)
        limits, ending = self.store.limits, self.ending()
        filter = query.compiled(self.spec.schema, limits=limits)

        def work(handle: Collection) -> list[ObjectId]:
            ids = handle.matching(filter)
            if len(ids) > limits.batch_documents:
                most = f"at most {limits.batch_documents} at once (MAX_BATCH_DOCUMENTS)"
                raise TooLarge(f"{len(ids)} documents match, {most}.")
            handle.remove({"_id": {"$in": ids}}, ending=ending)
            return ids

        with locating(query.request):
            return self.together(work)

    def write(self, operation: Operation) -> Written:
        """Does one operation, wholly or not at all."""
        with locating(*operation.requests):
            return operation.ready(self).run(self)

    def together(self, work: Callable[[Collection], T]) -> T:
        """What `work` answers on a handle of whose writes all are made or none; it may be called more than once."""
        return self.store.transaction(lambda session: work(replace(self, store=self.store.within(session))))

    def preview(self, operation: Update | Delete) -> Preview:
        """What an operation would do; nothing is changed. Needs READ besides what the operation needs."""
        self.require(Action.READ)
        work = operation.ready(self)
        with locating(*operation.requests):
            return self.store.rehearsal(
                lambda session: rehearsed(replace(self, store=self.store.within(session)), work)
            )

    # --- for the operations, which have checked what they ask for ---------------------------------------

    def rewrite(self, filter: Mapping[str, Any], change: Prepared, *, ending: Ending) -> int:
        """Applies a change to what matches, and keeps what it was."""
        statement, more = change.statement, change.array_filters
        if self.spec.history:
            return self._archive.update(filter, statement, ending=ending, array_filters=more)
        return self.store.update(self.database, self.spec.physical, filter, statement, array_filters=more)

    def rewritten(self, filter: Mapping[str, Any], change: Prepared, *, ending: Ending) -> dict[str, Any] | None:
        """As `rewrite`, of a filter that names one document, which is answered as it is stored afterwards."""
        statement, more = change.statement, change.array_filters
        if not self.spec.history:
            return self.store.change(self.database, self.spec.physical, filter, statement, array_filters=more)
        before = self._archive.change(filter, statement, ending=ending, array_filters=more)
        return before and (applied(before, statement) or self.stored(before["_id"]))

    def remove(self, filter: Mapping[str, Any], *, ending: Ending) -> int:
        """Deletes what matches, and keeps what it was."""
        if self.spec.history:
            return self._archive.delete(filter, ending=ending)
        return self.store.delete(self.database, self.spec.physical, filter)

    def matching(self, filter: Mapping[str, Any], collation: Collation | None = None) -> list[ObjectId]:
        more = option(collation)
        found = self.store.all(self.database, self.spec.physical, filter, fields={"_id": 1}, more=more)
        return [document["_id"] for document in found]

    def first(
        self, filter: Mapping[str, Any], count: int, collation: Collation | None = None
    ) -> list[dict[str, Any]]:
        """The first documents that match, as they are stored."""
        return self.store.all(self.database, self.spec.physical, filter, most=count, more=option(collation))

    def parts(self, ids: Any, names: Iterable[str] | None) -> list[dict[str, Any]]:
        """The named fields of documents, or all; `ids` is what is asked of their `_id`."""
        fields = None if names is None else dict.fromkeys(names, 1)
        return self.store.all(self.database, self.spec.physical, {"_id": ids}, fields=fields)

    def stored(self, document_id: ObjectId) -> dict[str, Any] | None:
        """A document as it is stored."""
        found = self.store.all(self.database, self.spec.physical, {"_id": document_id})
        return found[0] if found else None

    @property
    def _pages(self) -> Pages:
        return Pages(self.store, self.database, self.spec.physical, self.spec.schema)

    @property
    def _analysis(self) -> Analysis:
        known = {name: (spec.physical, spec.schema) for name, spec in self.siblings.items()}
        return Analysis(self.store, self.database, self.spec.physical, self.spec.schema, known)

    @property
    def _archive(self) -> Archive:
        return Archive(self.store, self.database, self.spec.physical)

    def load(self, documents: Sequence[dict[str, Any]], *, ids: Sequence[ObjectId]) -> None:
        """Insert a batch of an import under the given ids. Idempotent.

        Values of autonumbers and computed fields, which an export has, are left out: the service sets them.
        """
        self.require(Action.INSERT)
        own = [self.spec.schema.without_unwritable(document) for document in documents]
        found = self.numbered(self.spec.schema.coerce(own, limits=self.store.limits))
        stamp(found, ids=ids, actor=self.actor, now=now())
        self.store.insert_again(self.database, self.spec.physical, found)

    def unload(self, *, first: ObjectId, last: ObjectId) -> None:
        """Takes back what `load` inserted under the ids from `first` to `last`, with what became of it since."""
        self.require(Action.INSERT)
        self.store.delete_ids(self.database, self.spec.physical, first=first, last=last)
        if self.spec.history:
            self._archive.forget(first=first, last=last)

    def loaded(self, *, first: ObjectId, last: ObjectId) -> int:
        """How many documents there are under the ids from `first` to `last`."""
        self.require(Action.INSERT)
        return self.store.distinct_ids(self.database, self.spec.physical, first=first, last=last)
