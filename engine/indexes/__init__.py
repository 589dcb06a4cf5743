"""Indexes of a collection."""

from engine.indexes.definition import ORDERS, Index, NewIndex
from engine.indexes.text import LANGUAGES, TextOptions

__all__ = [
    "Index",
    "LANGUAGES",
    "NewIndex",
    "ORDERS",
    "TextOptions",
]
