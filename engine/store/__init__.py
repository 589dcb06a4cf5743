"""The only place that talks to MongoDB."""

from engine.store.admin import ServerInfo
from engine.store.connection import Session, StoredCollection
from engine.store.driver_errors import MOVING, matches_one_id, mentioned_names, moving_error
from engine.store.files import CHUNKS, FILES, NO_FILE, ORIGINAL, Blob, Files
from engine.store.moving.changes import Changes
from engine.store.moving.copies import batches_of, key_of
from engine.store.moving.fence import unfenced
from engine.store.oplog import OplogScan, scanned
from engine.store.row_filter import RowRule
from engine.store.store import Store

__all__ = [
    "CHUNKS",
    "FILES",
    "NO_FILE",
    "ORIGINAL",
    "Blob",
    "Changes",
    "Files",
    "MOVING",
    "OplogScan",
    "ServerInfo",
    "RowRule",
    "Session",
    "Store",
    "StoredCollection",
    "batches_of",
    "key_of",
    "mentioned_names",
    "moving_error",
    "matches_one_id",
    "scanned",
    "unfenced",
]
