"""The only place that talks to MongoDB."""

from engine.store.admin import ServerInfo
from engine.store.connection import Session, StoredCollection
from engine.store.driver_errors import matches_one_id, mentioned_names
from engine.store.files import CHUNKS, FILES, NO_FILE, ORIGINAL, Blob, Files
from engine.store.oplog import OplogScan, scanned
from engine.store.row_filter import RowRule
from engine.store.store import Store

__all__ = [
    "CHUNKS",
    "FILES",
    "NO_FILE",
    "ORIGINAL",
    "Blob",
    "Files",
    "OplogScan",
    "ServerInfo",
    "RowRule",
    "Session",
    "Store",
    "StoredCollection",
    "mentioned_names",
    "matches_one_id",
    "scanned",
]
