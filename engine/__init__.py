"""The document engine: the only way to documents. It knows nothing of HTTP, Django or any dialect.

The names that most callers use; the rest is imported from the package that owns it.
"""

from engine.actions import ALL_ACTIONS, DOCUMENT_ACTIONS, Action
from engine.context import CollectionSpec
from engine.errors import (
    Conflict,
    Error,
    FieldError,
    Forbidden,
    Invalid,
    LimitExceeded,
    NotFound,
    Outdated,
    TimedOut,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from engine.handles import Collection, Database
from engine.limits import Limits
from engine.query import Count, Page, Query
from engine.schema import Field, Schema
from engine.store import Store
from engine.update import Change
from engine.write import Delete, Insert, Precondition, Update

__all__ = [
    "ALL_ACTIONS",
    "Action",
    "Change",
    "Collection",
    "CollectionSpec",
    "Conflict",
    "Count",
    "DOCUMENT_ACTIONS",
    "Database",
    "Delete",
    "Error",
    "Field",
    "FieldError",
    "Forbidden",
    "Insert",
    "Invalid",
    "LimitExceeded",
    "Limits",
    "NotFound",
    "Outdated",
    "Page",
    "Precondition",
    "Query",
    "Schema",
    "Store",
    "TimedOut",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "Update",
]
