"""Superseded versions: written, read, restored, pruned."""

from engine.history.history import ABSENT, Difference, VersionPage
from engine.history.retention import delete_versions, find_excess_versions, prune_versions

__all__ = [
    "ABSENT",
    "Difference",
    "VersionPage",
    "prune_versions",
    "delete_versions",
    "find_excess_versions",
]
