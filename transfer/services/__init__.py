"""Imports: accepting a file, doing the work whatever is killed meanwhile, and telling how far it is."""

from transfer.services.accepting import Status, accept, discard, error_of, forget_finished, stalled, status, tidy
from transfer.services.running import run

__all__ = ["Status", "accept", "discard", "error_of", "forget_finished", "run", "stalled", "status", "tidy"]
