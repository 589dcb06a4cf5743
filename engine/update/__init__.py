"""The update language."""

from engine.update.change import Change, Replacement, Touch
from engine.update.operators import UPDATE_OPERATORS, Operators

__all__ = [
    "Change",
    "Operators",
    "Replacement",
    "Touch",
    "UPDATE_OPERATORS",
]
