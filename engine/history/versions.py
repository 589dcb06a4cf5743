"""Superseded versions: written in the transaction of the change that supersedes them, and read back.

The versions of a collection are in `<physical>.versions`, which is created with the first of them, one document
each: `{_id, doc, version, from, to, by, op, via, state}`. `state` is the whole document as it was from `from` until
`to`, when `by` superseded it by `op` (update, delete) through the surface `via`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from engine.context.context import AuditStamp, Context
from engine.errors import Conflict
from engine.history.record import END, Superseded, as_version, ended
from engine.schema.positional import uses_match
from engine.schema.schema import SYSTEM
from engine.store import Session, Store, StoredCollection, matches_one_id

ArrayFilters = Sequence[Mapping[str, Any]]
SUFFIX = ".versions"
_INDEXES = ([("doc", 1), ("version", -1)], [("to", 1), ("from", 1)])
_BATCH_SIZE = 1_000


@dataclass(frozen=True)
class Archive:
    """The versions of one collection."""

    store: Store
    database: str
    collection: str

    @classmethod
    def of(cls, context: Context) -> Archive:
        """Return the versions of the context's collection."""
        return cls(context.store, context.database, context.spec.physical)

    @property
    def visible(self) -> list[dict[str, Any]]:
        """The stages that leave what the store shows of documents and of their states."""
        return self.store.visible_stages(self.database, self.collection)

    def run(self, pipeline: list[dict[str, Any]], *, name: str = "") -> list[dict[str, Any]]:
        """Run a pipeline that begins with stages of this class over the documents, or a collection `name`."""
        return self.store.unfiltered().aggregate(self.database, name or self.collection, pipeline)

    @property
    def name(self) -> str:
        return self.collection + SUFFIX

    # --- writing -----------------------------------------------------------------------------------

    def create(self) -> None:
        """Create the collection of versions where it is missing."""
        self.store.create_once(self.database, self.name, indexes=_INDEXES)

    def update(
        self,
        filter: Mapping[str, Any],
        statement: Any,
        *,
        audit_stamp: AuditStamp,
        array_filters: ArrayFilters = (),
    ) -> int:
        """Update as `Store.update`, and keep the superseded versions."""
        if matches_one_id(filter):
            return self.store.transaction(
                lambda session: int(
                    self._change(filter, statement, array_filters, audit_stamp, session) is not None
                )
            )
        return self.store.transaction(
            lambda session: self._update_many(filter, statement, array_filters, audit_stamp, session)
        )

    def change(
        self,
        filter: Mapping[str, Any],
        statement: Any,
        *,
        audit_stamp: AuditStamp,
        array_filters: ArrayFilters = (),
        result: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
    ) -> dict[str, Any] | None:
        """Update the document that the filter names by its `_id`; return it as stored, or None without a match.

        `result` computes what the statement makes of a document, which is read again without it.
        """

        def work(session: Session) -> dict[str, Any] | None:
            before = self._change(filter, statement, array_filters, audit_stamp, session)
            if before is None:
                return None
            return result(before) if result else self._documents.find_one({"_id": before["_id"]}, session=session)

        return self.store.transaction(work)

    def delete(self, filter: Mapping[str, Any], *, audit_stamp: AuditStamp) -> int:
        """Delete as `Store.delete`, and keep the superseded versions."""
        if matches_one_id(filter):
            return self.store.transaction(lambda session: self._delete_one(filter, audit_stamp, session))
        return self.store.transaction(lambda session: self._delete_many(filter, audit_stamp, session))

    def restore(
        self,
        document: dict[str, Any],
        *,
        audit_stamp: AuditStamp,
        complete: Callable[[dict[str, Any], dict[str, Any] | None], dict[str, Any]],
    ) -> dict[str, Any]:
        """Restore an existing or deleted document to an earlier state, as a new version, and return it.

        `complete` gets the state and the current document or None inside the transaction. It returns what is to be
        stored, and raises where that is not allowed.
        """

        def work(session: Session) -> dict[str, Any]:
            current = self._documents.find_one({"_id": document["_id"]}, session=session)
            state = complete(document, current)
            if current is not None:
                self._store_versions([current], "update", audit_stamp, session)
                last, since = current[SYSTEM]["version"], current[SYSTEM]["updated"]
            else:
                last, since = self._last_version(document["_id"], session)
            stamps = {"version": last + 1, "updated": max(audit_stamp.at, since), "updated_by": audit_stamp.by}
            new = {**state, SYSTEM: document[SYSTEM] | stamps}
            self._documents.replace_one({"_id": document["_id"]}, new, upsert=True, session=session)
            return new

        return self.store.transaction(work)

    def store_versions(self, documents: Sequence[dict[str, Any]], op: str, *, audit_stamp: AuditStamp) -> None:
        """Store, in the open transaction, the versions that `op` supersedes."""
        self.store_superseded([Superseded(document, op, audit_stamp) for document in documents])

    def store_superseded(self, superseded: Sequence[Superseded]) -> None:
        """Store versions in the open transaction."""
        self.store.transaction(lambda session: self._store(superseded, session))

    def _change(
        self,
        filter: Mapping[str, Any],
        statement: Any,
        array_filters: ArrayFilters,
        audit_stamp: AuditStamp,
        session: Session,
    ) -> dict[str, Any] | None:
        before = self._documents.find_one_and_update(
            filter, statement, array_filters=array_filters or None, session=session
        )
        self._store_versions([before] if before else [], "update", audit_stamp, session)
        return before

    def _delete_one(self, filter: Mapping[str, Any], audit_stamp: AuditStamp, session: Session) -> int:
        before = self._documents.find_one_and_delete(filter, session=session)
        return self._store_versions([before] if before else [], "delete", audit_stamp, session)

    def _update_many(
        self,
        filter: Mapping[str, Any],
        statement: Any,
        array_filters: ArrayFilters,
        audit_stamp: AuditStamp,
        session: Session,
    ) -> int:
        done = 0
        condition = {"$and": [filter]} if uses_match(statement) else {}
        for ids in self._steps(filter, session):
            self._store_versions(
                self._documents.find(ids, session=session).to_list(), "update", audit_stamp, session
            )
            done += self._documents.update_many(
                ids | condition, statement, array_filters=array_filters or None, session=session
            ).matched_count
        return done

    def _delete_many(self, filter: Mapping[str, Any], audit_stamp: AuditStamp, session: Session) -> int:
        done = 0
        for ids in self._steps(filter, session):
            self._store_versions(
                self._documents.find(ids, session=session).to_list(), "delete", audit_stamp, session
            )
            done += self._documents.delete_many(ids, session=session).deleted_count
        return done

    def _steps(self, filter: Mapping[str, Any], session: Session) -> list[dict[str, Any]]:
        """List what matches before anything is changed, in batches that fit in memory."""
        ids = [item["_id"] for item in self._documents.find(filter, {"_id": 1}, session=session)]
        return [{"_id": {"$in": ids[start : start + _BATCH_SIZE]}} for start in range(0, len(ids), _BATCH_SIZE)]

    def _store_versions(
        self, documents: Sequence[dict[str, Any]], op: str, audit_stamp: AuditStamp, session: Session
    ) -> int:
        self._store([Superseded(document, op, audit_stamp) for document in documents], session)
        return len(documents)

    def _store(self, superseded: Sequence[Superseded], session: Session) -> None:
        if not superseded:
            return
        self.create()
        versions = [as_version(item) for item in superseded]
        if len(versions) == 1:
            self._versions.insert_one(versions[0], session=session)
        else:
            self._versions.insert_many(versions, session=session)

    def delete_versions(self, *, first: ObjectId, last: ObjectId) -> None:
        """Delete the versions of all documents with ids from `first` to `last`."""
        self.store.delete_where(self.database, self.name, {"doc": {"$gte": first, "$lte": last}})

    def _last_version(self, document_id: ObjectId, session: Session) -> tuple[int, datetime]:
        fields = {"version": 1, "to": 1}
        latest = [("version", -1)]
        last = self._versions.find_one({"doc": document_id}, fields, sort=latest, session=session)
        if last is None:
            raise Conflict("The document has no version to go back to any more.")
        return last["version"], last["to"]

    def last_versions(self, ids: Sequence[ObjectId]) -> dict[ObjectId, tuple[int, datetime]]:
        """Return the last version of each deleted document and when it ended."""
        latest = {"$group": {"_id": "$doc", "version": {"$max": "$version"}, "to": {"$max": "$to"}}}
        stages: list[dict[str, Any]] = [{"$match": {"doc": {"$in": [*ids]}}}, latest]
        groups = self.store.aggregate(self.database, self.name, stages) if ids else []
        return {item["_id"]: (item["version"], item["to"]) for item in groups}

    # --- reading -----------------------------------------------------------------------------------

    def at(self, timestamp: datetime, filter: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the first stages of a pipeline over the matching documents as they were at a time."""
        over = [
            {"$match": {"from": {"$lte": timestamp}, "to": {"$gt": timestamp}}},
            {"$replaceRoot": {"newRoot": "$state"}},
            *self.visible,
            {"$match": filter},
        ]
        return [
            *self.visible,
            {"$match": {"$and": [{f"{SYSTEM}.updated": {"$lte": timestamp}}, filter]}},
            {"$unionWith": {"coll": self.name, "pipeline": over}},
        ]

    def state(self, document_id: ObjectId, number: int) -> dict[str, Any] | None:
        """Return one version of a document, also the current one, as `all_versions`. Works in a transaction."""
        if self.visible:
            # A transaction allows no `$unionWith`: the two collections are read one after the other.
            *now, union = self.all_versions({f"{SYSTEM}.version": number}, document_id=document_id)
            states = self.run(now) or self.run(union["$unionWith"]["pipeline"], name=self.name)
            return states[0] if states else None
        present = {"_id": document_id, f"{SYSTEM}.version": number}
        current = self.store.all(self.database, self.collection, present)
        if current:
            return current[0]
        over = self.store.all(self.database, self.name, {"doc": document_id, "version": number})
        return ended(over[0]) if over else None

    def last_state(self, document_id: ObjectId) -> dict[str, Any] | None:
        """Return the current version of a document, or its last one. Works in a transaction."""
        current = self.store.all(self.database, self.collection, {"_id": document_id})
        if current:
            return current[0]
        latest = [("version", -1)]
        of_it = {"doc": document_id}
        over = self.store.find(self.database, self.name, of_it, sort=latest, fields=None, skip=0, limit=1)
        return ended(over[0]) if over else None

    def states_at(self, timestamp: datetime, ids: Sequence[ObjectId]) -> dict[ObjectId, dict[str, Any]]:
        """Return the superseded versions of these documents that were current at a time."""
        filter = {"doc": {"$in": [*ids]}, "from": {"$lte": timestamp}, "to": {"$gt": timestamp}}
        return {item["doc"]: item["state"] for item in self.store.all(self.database, self.name, filter)}

    def all_versions(
        self, filter: Mapping[str, Any], *, document_id: ObjectId | None = None
    ) -> list[dict[str, Any]]:
        """Return the first stages of a pipeline over the matching versions of all documents, or of one.

        The `_sys` of a superseded state has `superseded_at`, `superseded_by`, `superseded_by_operation` and
        `superseded_via`.
        """
        end = {name: f"${key}" for name, key in END.items()}
        stamps = {SYSTEM: {"$mergeObjects": [f"$state.{SYSTEM}", end]}}
        own: dict[str, Any] = {} if document_id is None else {"doc": document_id}
        root = {"$replaceRoot": {"newRoot": {"$mergeObjects": ["$state", stamps]}}}
        over = [{"$match": own}, root, *self.visible, {"$match": filter}]
        now = [{"$match": {} if document_id is None else {"_id": document_id}}, *self.visible, {"$match": filter}]
        return [*now, {"$unionWith": {"coll": self.name, "pipeline": over}}]

    @property
    def _documents(self) -> StoredCollection:
        return self.store.collection(self.database, self.collection)

    @property
    def _versions(self) -> StoredCollection:
        return self.store.collection(self.database, self.name)
