"""Backups of single databases, which their teams take, list, restore and delete."""

from features.backups.services.databases.archives import path_of
from features.backups.services.databases.restoring import (
    restore_file,
    submit_copy,
    submit_preview,
    submit_restore,
)
from features.backups.services.databases.rewinding import check_reach, rewind
from features.backups.services.databases.taking import (
    Backup,
    delete_backup,
    download,
    list_backups,
    remove_orphans,
    submit_backup,
    visible_backup,
)

__all__ = [
    "Backup",
    "check_reach",
    "delete_backup",
    "download",
    "list_backups",
    "path_of",
    "remove_orphans",
    "restore_file",
    "rewind",
    "submit_backup",
    "submit_copy",
    "submit_preview",
    "submit_restore",
    "visible_backup",
]
