"""Backups of the whole installation; those of single databases are in `databases`."""

from features.backups.services.documents import Progress, check_collections, load_member
from features.backups.services.installation import (
    check_version,
    restore,
    take,
)
from features.backups.services.summary import Summary, check, installation_mark

__all__ = [
    "Progress",
    "Summary",
    "check",
    "check_collections",
    "check_version",
    "installation_mark",
    "load_member",
    "restore",
    "take",
]
