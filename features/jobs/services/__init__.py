"""Jobs: submits them, runs them so that they survive killed processes, and reports their progress."""

from features.jobs.services.cancelling import cancel
from features.jobs.services.cloning import clone_to
from features.jobs.services.exporting import FORMATS, export
from features.jobs.services.jobs import discard, run
from features.jobs.services.previewing import check_file, preview, rows_of_geojson
from features.jobs.services.restoring import restore_to
from features.jobs.services.schema_change import change_schema
from features.jobs.services.submission import (
    Status,
    delete_finished,
    error_of,
    remove_orphans,
    stalled,
    status,
    submit_import,
)

__all__ = [
    "FORMATS",
    "Status",
    "cancel",
    "change_schema",
    "check_file",
    "clone_to",
    "delete_finished",
    "discard",
    "error_of",
    "export",
    "preview",
    "remove_orphans",
    "restore_to",
    "rows_of_geojson",
    "run",
    "stalled",
    "status",
    "submit_import",
]
