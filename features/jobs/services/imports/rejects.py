"""The rows that an import leaves out because of their errors: a file with a JSON object for each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from django.conf import settings

import catalog.services
import engine
from accounts.principal import Principal
from engine.encoding import dumps
from engine.errors import invalid
from features.jobs import spool
from features.jobs.models import Job, Task
from features.jobs.services.progress import status

_MAX_ERRORS = 20
_PIECE_BYTES = 64 << 10
_MANY = "More than {} rows have errors (MAX_REJECTED_ROWS); nothing is imported."
_NONE = "This import has rejected no rows, or the file of them has been deleted."


class Rejects:
    """The file of rejected rows of one job. Opening it removes the rows from `row` on, which are read again."""

    def __init__(self, job_id: str, *, row: int) -> None:
        path = spool.result_path_of(job_id)
        self.count, size = 0, 0
        if path.exists():
            with path.open("rb") as lines:
                for line in lines:
                    if not line.endswith(b"\n") or orjson.loads(line)["row"] >= row:
                        break
                    self.count, size = self.count + 1, size + len(line)
            os.truncate(path, size)
        self._path = path

    def add(self, rows: Sequence[tuple[int, Any, Sequence[engine.FieldError]]]) -> None:
        """Append rows: the number of each, its document and its errors, of which the first 20 are kept.

        Raises `TooLarge` for more than MAX_REJECTED_ROWS.
        """
        if self.count + len(rows) > settings.MAX_REJECTED_ROWS:
            raise engine.TooLarge(_MANY.format(settings.MAX_REJECTED_ROWS))
        with self._path.open("ab") as file:
            file.writelines(
                dumps({"row": row, "errors": _errors(errors), "document": document}) + b"\n"
                for row, document, errors in rows
            )
        self.count += len(rows)


def errors_by_row(error: engine.Error, numbers: Sequence[int]) -> dict[int, list[engine.FieldError]]:
    """Return the errors by the number of their row, of which `numbers` are; none if one of them names no row."""
    errors: dict[int, list[engine.FieldError]] = {}
    for issue in error.errors:
        if issue.index is None:
            return {}
        errors.setdefault(numbers[issue.index], []).append(issue)
    return errors


def with_rows(error: engine.Error, numbers: Sequence[int]) -> engine.Error:
    """Return an error of rows, of which `numbers` are those in the file, with these as indices."""
    errors = [engine.FieldError(item.field, item.message, numbers[item.index or 0]) for item in error.errors]
    if errors and isinstance(error, engine.Invalid):
        return invalid(errors)
    error.errors = tuple(errors)
    return error


def _errors(errors: Sequence[engine.FieldError]) -> list[dict[str, str]]:
    return [{"field": error.field, "message": error.message} for error in errors[:_MAX_ERRORS]]


def read_rejects(principal: Principal, job_id: str) -> tuple[str, Iterator[bytes]]:
    """Return the collection of an import, and its file of rejected rows piece by piece.

    Raises `NotFound` as `status` does, and where there is no file.
    """
    collection = status(principal, job_id).collection
    job = Job.objects.get(pk=job_id)
    database = catalog.services.access.open_database(principal, job.database_id)
    database.require(engine.Action.INSERT)
    path = spool.result_path_of(job_id)
    if job.task != Task.IMPORT or not path.exists():
        raise engine.NotFound(_NONE)
    return collection, _pieces(path.open("rb"))


def _pieces(file: Any) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
