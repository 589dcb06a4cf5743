"""Imports whose rows are matched with existing documents by a key, in batches that are written exactly once.

The ledger of an import is in the tenant's own database, in `_imports`: `{_id: import, rows, inserted, updated,
unchanged, skipped, at}` says up to which row of the file everything is done. It is written in the transaction of
the rows, so a batch that is repeated after a crash changes nothing.
`{_id: import:row, import, rows, ids, changed, at}` are the documents that a batch has inserted and, with history,
those that it has changed: `{id, version}`, its version after the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.context.context import Context, now
from engine.errors import Conflict, Error
from engine.history.versions import Archive
from engine.jobs.keyed_import.batch import OUTCOMES, KeyedBatch
from engine.jobs.keyed_import.rollback import RECORDS, Rollback, RollbackCounts
from engine.jobs.keyed_import.rule import ImportKey

_RETENTION_SECONDS = int(timedelta(days=30).total_seconds())


@dataclass(frozen=True)
class Ledger:
    """The first `rows` rows of the file are done; how many of them had each outcome."""

    rows: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0

    def outcomes(self) -> dict[str, int]:
        """Return the counts without `rows`."""
        return {name: getattr(self, name) for name in OUTCOMES}


@dataclass(frozen=True)
class KeyedImport:
    """One import, with an id that no other import of the database has."""

    id: str
    rule: ImportKey

    def ledger(self, context: Context) -> Ledger:
        """Return what is done so far."""
        records = context.store.all(context.database, RECORDS, {"_id": self.id})
        return Ledger(**{name: records[0].get(name, 0) for name in ("rows", *OUTCOMES)}) if records else Ledger()

    def load(
        self, context: Context, documents: Sequence[Any], *, ids: Sequence[ObjectId], start: int, end: int
    ) -> Ledger:
        """Import documents of the rows from `start` to before `end`, all or none, and return the ledger.

        A new document gets the id at its place in `ids`. Does nothing where the rows are done already. Raises
        `Invalid` and `Conflict` with the place of the document as the index, `TooLarge` for rows whose documents
        are more than one transaction should hold: import fewer rows at once.
        """
        self.rule.require(context)
        context.store.make_expiring(context.database, RECORDS, field="at", seconds=_RETENTION_SECONDS)
        if context.spec.history:
            Archive.of(context).create()
        batch = KeyedBatch(self.rule, context, documents, ids)

        def work(bound: Context) -> Ledger:
            ledger = self.ledger(bound)
            if ledger.rows >= end:
                return ledger
            if ledger.rows != start:
                raise Conflict("Another worker has done a part of these rows, or has undone the import.")
            outcomes = batch.run(bound)
            done = Ledger(end, *(getattr(ledger, name) + count for name, count in outcomes.items()))
            self._record(bound, done, batch)
            return done

        try:
            return context.in_transaction(work)
        except Error as error:
            raise batch.located(error) from error

    def _record(self, bound: Context, done: Ledger, batch: KeyedBatch) -> None:
        names, at = (bound.database, RECORDS), now()
        bound.store.replace(*names, {"_id": self.id, **asdict(done), "at": at})
        is_undone = bound.spec.history or not self.rule.on_duplicate.changes_documents
        if is_undone and (batch.inserted or batch.changed):
            part = {"_id": f"{self.id}:{done.rows}", "import": self.id, "rows": done.rows, "at": at}
            changed = [{"id": name, "version": version} for name, version in batch.changed]
            bound.store.replace(*names, {**part, "ids": [*batch.inserted], "changed": changed})

    def roll_back(self, context: Context) -> RollbackCounts:
        """Take back what the import has changed, and return the counts. Idempotent until `forget`.

        Needs the history of the collection.
        """
        self.rule.require(context)
        return Rollback(context, self.id).run()

    def forget(self, context: Context) -> None:
        """Delete the ledger of an import that was rolled back."""
        context.store.delete_where(context.database, RECORDS, {"_id": self.id})

    def undo(self, context: Context) -> None:
        """Delete the documents that the import has inserted, with their versions, and its ledger. Idempotent."""
        context.require(Action.INSERT)
        names = (context.database, RECORDS)
        while parts := context.store.all(*names, {"import": self.id}, limit=1):
            ids = {"$in": parts[0]["ids"]}
            context.store.delete_where(context.database, context.spec.physical, {"_id": ids})
            context.store.delete_where(context.database, Archive.of(context).name, {"doc": ids})
            context.store.delete_where(*names, {"_id": parts[0]["_id"]})
        context.store.delete_where(*names, {"_id": self.id})
