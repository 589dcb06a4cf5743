"""Jobs: submits them, runs them so that they survive killed processes, and reports their progress."""

from features.jobs.services.cancelling import cancel, forget_database
from features.jobs.services.cloning import clone_to
from features.jobs.services.exporting import FORMATS, export
from features.jobs.services.figures import figures
from features.jobs.services.jobs import TaskHandler, discard, run
from features.jobs.services.numbering import number_rows
from features.jobs.services.restoring import restore_to
from features.jobs.services.schema_change import RunningChange, change_schema, schema_change_in_progress
from features.jobs.services.submission import (
    Status,
    delete_finished,
    error_of,
    is_done,
    is_small,
    remove_orphans,
    stalled,
    status,
    submit_contents,
)

__all__ = [
    "FORMATS",
    "RunningChange",
    "Status",
    "TaskHandler",
    "cancel",
    "change_schema",
    "clone_to",
    "delete_finished",
    "discard",
    "error_of",
    "export",
    "figures",
    "forget_database",
    "is_done",
    "is_small",
    "number_rows",
    "remove_orphans",
    "restore_to",
    "run",
    "schema_change_in_progress",
    "stalled",
    "status",
    "submit_contents",
]
