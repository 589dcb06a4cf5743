"""Backups of the whole installation; those of single databases are in `databases`."""

from features.backups.services.installation import (
    Progress,
    Summary,
    check,
    check_collections,
    check_version,
    load_member,
    restore,
    take,
)

__all__ = [
    "Progress",
    "Summary",
    "check",
    "check_collections",
    "check_version",
    "load_member",
    "restore",
    "take",
]
