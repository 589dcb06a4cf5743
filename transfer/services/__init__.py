"""Jobs: accepting them, doing the work whatever is killed meanwhile, and telling how far it is."""

from transfer.services.accepting import Status, accept, error_of, forget_finished, stalled, status, tidy
from transfer.services.cloning import clone_to
from transfer.services.jobs import discard, run
from transfer.services.reshaping import change_schema
from transfer.services.restoring import restore_to

__all__ = [
    "Status",
    "accept",
    "change_schema",
    "clone_to",
    "discard",
    "error_of",
    "forget_finished",
    "restore_to",
    "run",
    "stalled",
    "status",
    "tidy",
]
