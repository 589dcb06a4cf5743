"""Loads the rows of an import that has a key: finds their documents, and counts what became of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId
from django.utils import timezone

import engine
from engine.encoding import iso_timestamp
from engine.errors import invalid
from engine.indexes import NewIndex
from engine.jobs import ImportKey, KeyedImport, Ledger, OnDuplicate
from features.jobs.json_splitter import Batch
from features.jobs.models import Job
from features.jobs.services.imports.rejects import Rejects, errors_by_row, with_rows

# The number of a row in the file, and its document.
Row = tuple[int, Any]


def keyed_import(job: Job) -> KeyedImport | None:
    """Return the import with a key that the job is, or None for one without."""
    choice = job.plan.get("on_duplicate")
    if choice is None:
        return None
    rule = ImportKey(job.plan["key"], OnDuplicate(choice), keeps_ids=job.makes_collection)
    # Another ledger where the import begins again after it was undone, see `resume`.
    return KeyedImport(job.plan.get("ledger", job.pk), rule)


def undo_keyed(job: Job, plan: KeyedImport, target: engine.Collection) -> None:
    """Take back what an import into an existing collection has changed, and report what stays.

    Changes of documents can be taken back where the collection has a history.
    """
    rows = Job.objects.filter(pk=job.pk)
    if not plan.rule.on_duplicate.changes_documents:
        plan.undo(target)
        rows.update(result={})
    elif target.spec.history:
        counts = plan.roll_back(target)
        members = {"removed": counts.removed, "restored": counts.restored, "kept": counts.left}
        rows.update(result={"rollback": {**members, "kept_ids": [str(name) for name in counts.left_ids]}})
        plan.forget(target)
    else:
        ledger = plan.ledger(target)
        rows.update(rows=ledger.rows, result=job.result | ledger.outcomes() | {"rollback": _kept(job, ledger)})


def _kept(job: Job, ledger: Ledger) -> dict[str, Any]:
    """Return how many documents a job without a history leaves changed, and the filter that finds them."""
    began = job.started_at or job.created_at
    times = {"$gte": iso_timestamp(began), "$lte": iso_timestamp(timezone.now())}
    found_by = {"_sys.updated_by": job.grant["actor"], "_sys.updated": times}
    stay = ledger.inserted + ledger.updated
    return {"removed": 0, "restored": 0, "kept": stay, **({"kept_filter": found_by} if stay else {})}


class KeyedLoader:
    """Loads the batches of one job. It continues where the ledger says, whatever the job's row says."""

    def __init__(self, job: Job, target: engine.Collection) -> None:
        plan = keyed_import(job)
        assert plan is not None
        plan.rule.require(target)
        self._target, self._plan = target, plan
        self._skips: bool = job.plan.get("skip_errors", False)
        if not plan.rule.is_indexed(target):
            target.indexes.create(NewIndex([(plan.rule.field, 1)]))
        self.ledger: Ledger = plan.ledger(target)
        self.rejects = Rejects(job.pk, row=self.ledger.rows)

    def load(self, batch: Batch, ids: Sequence[ObjectId]) -> None:
        """Import the rows of a batch that are not done. `ids` are those that new documents get."""
        rows = [(batch.row + place, document) for place, document in enumerate(batch.documents)]
        unread = {batch.row + (error.index or 0): [error] for error in batch.errors}
        start = self.ledger.rows
        self._load(
            [row for row in rows if row[0] >= start],
            {number: item for number, item in unread.items() if number >= start},
            dict(zip((number for number, _ in rows), ids, strict=True)),
            end=batch.row + len(rows),
        )

    def result(self) -> dict[str, int]:
        """Return how many rows had each outcome."""
        rejected = {"rejected": self.rejects.count} if self.rejects.count else {}
        return self.ledger.outcomes() | rejected

    def _load(
        self,
        rows: list[Row],
        errors: dict[int, list[engine.FieldError]],
        ids: dict[int, ObjectId],
        *,
        end: int,
    ) -> None:
        """Import rows of which some have errors already. What is rejected is listed before its batch is done."""
        while errors or self.ledger.rows < end:
            if errors:
                rows = self._without(rows, errors)
            try:
                self.ledger = self._plan.load(
                    self._target,
                    [document for _, document in rows],
                    ids=[ids[number] for number, _ in rows],
                    start=self.ledger.rows,
                    end=end,
                )
                return
            except engine.Error as error:
                if len(rows) > 1 and self._needs_fewer_rows(error):
                    middle = len(rows) // 2
                    self._load(rows[:middle], {}, ids, end=rows[middle][0])
                    self._load(rows[middle:], {}, ids, end=end)
                    return
                errors = self._row_errors(error, rows)

    def _row_errors(self, error: engine.Error, rows: list[Row]) -> dict[int, list[engine.FieldError]]:
        """Return the errors by row where these rows are left out; else raise the error with the rows' numbers."""
        numbers = [number for number, _ in rows]
        if isinstance(error, engine.Conflict) and not error.errors:
            raise engine.Unavailable(error.message, retry_after=error.retry_after or 1) from error
        errors = errors_by_row(error, numbers)
        if errors and isinstance(error, engine.Invalid | engine.Conflict) and self._skips:
            return errors
        raise with_rows(error, numbers) from error

    def _without(self, rows: list[Row], errors: dict[int, list[engine.FieldError]]) -> list[Row]:
        """List the rows that have errors as rejected and return the others. Raises `Invalid` unless they may be."""
        if not self._skips:
            raise invalid([engine.FieldError(item.field, item.message, n) for n in errors for item in errors[n]])
        self.rejects.add([(number, document, errors[number]) for number, document in rows if number in errors])
        return [row for row in rows if row[0] not in errors]

    def _needs_fewer_rows(self, error: engine.Error) -> bool:
        """Return whether halves of the rows get further: of several rows that clash, the store reports only one."""
        is_one_clash = isinstance(error, engine.Conflict) and len(error.errors) == 1
        return isinstance(error, engine.TooLarge) or (is_one_clash and self._skips)
