"""A collection as one actor may use it: insert, find, count, update, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.context.context import Context
from engine.errors import Invalid
from engine.history.history import History
from engine.history.versions import Archive
from engine.indexes.indexes import Indexes
from engine.query.error_location import attach_error_location
from engine.query.query import Count, Page, Query
from engine.read.aggregate import Analysis, Distinct
from engine.read.explain import Explanation, explain_find
from engine.read.find import BATCH_SIZE, find, find_all
from engine.read.top import excludes_arrays, find_top
from engine.schema.collation import Collation
from engine.update.change import Change
from engine.write.changes import change_each
from engine.write.dry_run import Preview, preview
from engine.write.inserts import count_imported, import_batch, prepare_new, undo_import
from engine.write.operations import AnyChange, Delete, Operation, Update, WriteResult
from engine.write.series import next_number
from engine.write.statements import delete_returning_ids

Numbered = Callable[[Mapping[str, Any], int], Mapping[str, Any]]


@dataclass(frozen=True)
class Collection(Context):
    """Bound to its actor; each method raises `Forbidden` unless its action is allowed."""

    def with_hidden_fields(self) -> Collection:
        """Return this handle with documents that have their hidden fields."""
        return replace(self, spec=self.spec.with_hidden_fields)

    @property
    def history(self) -> History:
        """Superseded versions of the documents. Raises `Invalid` where the collection keeps no history."""
        return History(self)

    @property
    def indexes(self) -> Indexes:
        """Indexes of the collection."""
        return Indexes(self)

    # --- reading -----------------------------------------------------------------------------------

    def find(self, query: Query) -> Page:
        """Return one page; the total is counted only where the page itself does not tell it."""
        return find(self, query)

    def find_number(self, field: str, number: int, *, fields: Mapping[str, int]) -> dict[str, Any] | None:
        """Return the named fields of the document with a number in a hidden field, or None.

        Documents that several callers read at the same time are read together.
        """
        self.require(Action.READ)
        if field not in self.spec.schema.hidden_numbers:
            raise Invalid(f"The collection has no hidden field {field!r}.")
        checked = Query(fields={**fields, field: 1}).checked_fields(limits=self.store.limits) or {}
        document = self.store.find_unique(self.database, self.spec.physical, field, number, fields=checked)
        return None if document is None else self.spec.schema.present([document])[0]

    def each(self, query: Query, *, size: int = BATCH_SIZE) -> Iterator[list[dict[str, Any]]]:
        """Return every document that matches, in batches; memory does not grow with their number."""
        return find_all(self, query, size=size)

    def top(self, query: Query) -> list[dict[str, Any]]:
        """Return the first `limit` documents by the sort alone, of equal ones any. Raises `TooLarge` past 16 MB."""
        return find_top(self, query)

    def excludes_arrays(self, path: str) -> bool:
        """Return whether an index shows that no document has an array at a path; False means unknown."""
        return excludes_arrays(self, path)

    def explain(self, query: Query) -> Explanation:
        """Return the plan of `find` and its cost."""
        self.require(Action.READ)
        return explain_find(self, query)

    def aggregate(self, pipeline: Any, *, collation: Collation | None = None) -> list[dict[str, Any]]:
        """Run a pipeline, which may read the other collections of the database. At most a page of results."""
        self.require(Action.READ)
        return Analysis.of(self).aggregate(pipeline, collation)

    def distinct(self, field: str, query: Query) -> Distinct:
        """Return the distinct values of a field, or of its elements where it is an array, in what matches."""
        self.require(Action.READ)
        return Analysis.of(self).distinct(field, query)

    def count(self) -> int:
        """Count the documents, by MongoDB's own count."""
        self.require(Action.READ)
        return self.store.count(self.database, self.spec.physical, {})

    def size(self) -> dict[str, int]:
        """Return `{documents, bytes, index_bytes, versions, version_bytes}`; bytes before compression."""
        self.require(Action.READ)
        own = self.store.size(self.database, self.spec.physical)
        versions = self.store.size(self.database, Archive.of(self).name)
        return own | {
            "versions": versions["documents"],
            "version_bytes": versions["bytes"] + versions["index_bytes"],
        }

    # --- writing -----------------------------------------------------------------------------------

    def insert(self, documents: Sequence[Any]) -> list[ObjectId]:
        """Insert all documents or none and return their ids, in order. Raises `Invalid` with every error."""
        return [document["_id"] for document in self.insert_all(prepare_new(self, documents))]

    def create(self, documents: Sequence[Any], *, lenient: bool = False) -> list[dict[str, Any]]:
        """Insert as `insert` does and return the new documents as they are read.

        With `lenient` the schema refuses nothing: what does not fit its field is stored as it was sent.
        """
        return self.spec.schema.present(self.insert_all(prepare_new(self, documents, lenient=lenient)))

    def prepare_new(self, documents: Sequence[Any]) -> list[dict[str, Any]]:
        """Return new documents, checked and stamped, without storing them."""
        return prepare_new(self, documents)

    def update(self, query: Query, change: AnyChange) -> int:
        """Update every document that matches, or none, and return their number."""
        return self.write(Update(query, change)).count

    def change(self, query: Query, change: AnyChange) -> dict[str, Any] | None:
        """Update the one document that the query names by its `_id` and return it as it is read afterwards."""
        self.require(Action.READ)
        operation = Update(query, change, one=True)
        with attach_error_location(*operation.requests):
            document = operation.prepare(self).result(self)
        return self.spec.schema.present([document])[0] if document else None

    def change_each(self, changes: Sequence[tuple[ObjectId, AnyChange]]) -> None:
        """Apply to the document of each id its change, all or none. Raises `Invalid` with all errors."""
        change_each(self, changes)

    def reserve_numbers(self, field: str, count: int) -> int:
        """Reserve numbers of an autonumber field, which are never given again, and return the first of them.

        With a count of 0 it is the number that would be the next.
        """
        self.require(Action.INSERT)
        return self.store.reserve(self.database, self.counters, field, count)

    def assign_number(
        self, query: Query, *, field: str, series_field: str, values: Numbered
    ) -> dict[str, Any] | None:
        """Give the one document that the query names by its `_id` the next number of its series, and return it.

        The series is the value of `series_field`; its numbers have no gaps. `values(document, number)` are the
        fields to set. A document whose `field` has a value keeps it. Needs READ and WRITE.
        """
        self.require(Action.WRITE)

        def work(bound: Collection) -> dict[str, Any] | None:
            documents = bound.find(replace(query, count=Count.NONE)).documents
            if not documents or documents[0].get(field) not in (None, ""):
                return documents[0] if documents else None
            series = documents[0].get(series_field)
            number = next_number(bound, field=field, series_field=series_field, series=series)
            return bound.change(query, Change(values(documents[0], number), root="document"))

        return self.in_transaction(work)

    def delete(self, query: Query) -> int:
        """Delete every document that matches, or none, and return their number."""
        return self.write(Delete(query)).count

    def delete_returning_ids(self, query: Query) -> list[ObjectId]:
        """Delete every document that matches, at most a batch, or none, and return their ids."""
        return delete_returning_ids(self, query)

    def write(self, operation: Operation) -> WriteResult:
        """Run one operation, wholly or not at all."""
        with attach_error_location(*operation.requests):
            return operation.prepare(self).execute(self)

    def preview(self, operation: Update | Delete) -> Preview:
        """Return what an operation would do; nothing is changed. Needs READ besides what the operation needs."""
        self.require(Action.READ)
        return preview(self, operation)

    # --- importing ---------------------------------------------------------------------------------

    def import_batch(self, documents: Sequence[dict[str, Any]], *, ids: Sequence[ObjectId]) -> None:
        """Insert a batch of an import under the given ids. Idempotent."""
        import_batch(self, documents, ids=ids)

    def number_after(self, fields: Iterable[str], last: int) -> None:
        """Make the next numbers of fields, which the service numbers, larger than `last`."""
        self.require(Action.INSERT)
        for name in fields:
            self.store.raise_counter(self.database, self.counters, name, last)

    def undo_import(self, *, first: ObjectId, last: ObjectId) -> None:
        """Delete what `import_batch` inserted under the ids from `first` to `last`, with later versions."""
        undo_import(self, first=first, last=last)

    def count_imported(self, *, first: ObjectId, last: ObjectId) -> int:
        """Count the documents with ids from `first` to `last`."""
        return count_imported(self, first=first, last=last)
