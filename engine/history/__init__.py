"""Superseded versions: written, read, restored, pruned."""

from engine.history.history import ABSENT, Difference, States
from engine.history.retention import forget_surplus, forget_versions, over_bound

__all__ = [
    "ABSENT",
    "Difference",
    "States",
    "forget_surplus",
    "forget_versions",
    "over_bound",
]
