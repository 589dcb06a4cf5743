"""Jobs: accepting them, doing the work whatever is killed meanwhile, and telling how far it is."""

from features.jobs.services.cancelling import cancel
from features.jobs.services.cloning import clone_to
from features.jobs.services.exporting import FORMATS, export
from features.jobs.services.jobs import discard, run
from features.jobs.services.previewing import check_file, preview, rows_of_geojson
from features.jobs.services.reshaping import change_schema
from features.jobs.services.restoring import restore_to
from features.jobs.services.submission import (
    Status,
    error_of,
    forget_finished,
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
    "discard",
    "error_of",
    "export",
    "forget_finished",
    "preview",
    "remove_orphans",
    "restore_to",
    "rows_of_geojson",
    "run",
    "stalled",
    "status",
    "submit_import",
]
