"""Imports whose rows are matched with existing documents by a key."""

from engine.jobs.keyed_import.batch import preview_rows
from engine.jobs.keyed_import.ledger import KeyedImport, Ledger
from engine.jobs.keyed_import.rollback import RollbackCounts
from engine.jobs.keyed_import.rule import ImportKey, OnDuplicate

__all__ = ["ImportKey", "KeyedImport", "Ledger", "OnDuplicate", "RollbackCounts", "preview_rows"]
