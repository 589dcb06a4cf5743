"""Jobs: accepting them, doing the work whatever is killed meanwhile, and telling how far it is."""

from transfer.services.accepting import Status, accept, error_of, forget_finished, stalled, status, tidy
from transfer.services.cancelling import cancel
from transfer.services.cloning import clone_to
from transfer.services.exporting import FORMATS, export
from transfer.services.jobs import discard, run
from transfer.services.previewing import check_file, preview, rows_of_geojson
from transfer.services.reshaping import change_schema
from transfer.services.restoring import restore_to

__all__ = [
    "FORMATS",
    "Status",
    "accept",
    "cancel",
    "change_schema",
    "check_file",
    "clone_to",
    "discard",
    "error_of",
    "export",
    "forget_finished",
    "preview",
    "restore_to",
    "rows_of_geojson",
    "run",
    "stalled",
    "status",
    "tidy",
]
