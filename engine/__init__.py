"""The document engine: the one door to documents. It knows nothing of HTTP, Django or any dialect."""

from engine.actions import ALL_ACTIONS, DOCUMENT_ACTIONS, Action
from engine.change import Change
from engine.codec import dumps, loads, plain
from engine.collection import Collection, Page, Spec
from engine.database import Database
from engine.errors import (
    KINDS,
    Conflict,
    Error,
    FieldError,
    Forbidden,
    Invalid,
    LimitExceeded,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from engine.fields import Field
from engine.filter import OPERATORS
from engine.limits import Limits
from engine.query import Query
from engine.schema import Inference, Schema, invalid, parse_schema
from engine.store import Store
from engine.values import TYPES

__all__ = [
    "ALL_ACTIONS",
    "DOCUMENT_ACTIONS",
    "KINDS",
    "OPERATORS",
    "TYPES",
    "Action",
    "Change",
    "Collection",
    "Conflict",
    "Database",
    "Error",
    "Field",
    "FieldError",
    "Forbidden",
    "Inference",
    "Invalid",
    "LimitExceeded",
    "Limits",
    "NotFound",
    "Page",
    "Query",
    "Schema",
    "Spec",
    "Store",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "dumps",
    "invalid",
    "loads",
    "parse_schema",
    "plain",
]
