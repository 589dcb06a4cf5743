"""Insert, update and delete as values: checked first, then executed alone, in bulk, once, or as a dry run."""

from engine.write.bulk import Bulk
from engine.write.dry_run import Preview, Sample
from engine.write.idempotency import StoredResponse, once
from engine.write.operations import Delete, Insert, Operation, Update, Written
from engine.write.precondition import Guard

__all__ = [
    "Bulk",
    "Delete",
    "Guard",
    "Insert",
    "StoredResponse",
    "Operation",
    "Preview",
    "Sample",
    "Update",
    "Written",
    "once",
]
