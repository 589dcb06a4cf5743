"""Jobs: submits them, runs them so that they survive killed processes, and reports their progress."""

from features.jobs.services.cancelling import cancel
from features.jobs.services.cloning import clone_to
from features.jobs.services.exporting import FORMATS, export
from features.jobs.services.import_submission import (
    ImportPreview,
    import_options,
    preview_import,
    submit_import,
)
from features.jobs.services.jobs import TaskHandler, discard, run
from features.jobs.services.numbering import number_rows
from features.jobs.services.previewing import check_file, preview, rows_of_geojson
from features.jobs.services.rejects import read_rejects
from features.jobs.services.restoring import restore_to
from features.jobs.services.schema_change import change_schema, schema_change_in_progress
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
    "ImportPreview",
    "Status",
    "TaskHandler",
    "cancel",
    "change_schema",
    "check_file",
    "clone_to",
    "delete_finished",
    "discard",
    "error_of",
    "export",
    "import_options",
    "is_done",
    "is_small",
    "number_rows",
    "preview",
    "preview_import",
    "read_rejects",
    "remove_orphans",
    "restore_to",
    "rows_of_geojson",
    "run",
    "schema_change_in_progress",
    "stalled",
    "status",
    "submit_contents",
    "submit_import",
]
