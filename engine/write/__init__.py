"""Insert, update and delete as values: checked first, then executed alone, in bulk, once, or as a dry run."""

from engine.write.bulk import Bulk
from engine.write.dry_run import Preview, Sample
from engine.write.idempotency import StoredResponse, run_idempotent
from engine.write.operations import Delete, Insert, Operation, Update, WriteResult
from engine.write.precondition import Precondition

__all__ = [
    "Bulk",
    "Delete",
    "Precondition",
    "Insert",
    "StoredResponse",
    "Operation",
    "Preview",
    "Sample",
    "Update",
    "WriteResult",
    "run_idempotent",
]
