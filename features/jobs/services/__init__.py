"""Jobs: submits them, runs them so that they survive killed processes, and reports their progress."""

from features.jobs.services.cancelling import cancel, forget_database, resume
from features.jobs.services.cloning import clone_to
from features.jobs.services.exporting import FORMATS, export
from features.jobs.services.figures import figures
from features.jobs.services.jobs import TaskHandler, discard, run
from features.jobs.services.numbering import number_rows
from features.jobs.services.progress import Status, error_of, is_done, list_jobs, status
from features.jobs.services.restoring import restore_to
from features.jobs.services.schema_change import RunningChange, change_schema, schema_change_in_progress
from features.jobs.services.submission import (
    delete_finished,
    is_small,
    remove_orphans,
    stalled,
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
    "list_jobs",
    "number_rows",
    "remove_orphans",
    "restore_to",
    "resume",
    "run",
    "schema_change_in_progress",
    "stalled",
    "status",
    "submit_contents",
]
