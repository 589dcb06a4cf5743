"""The document engine: the one door to documents. It knows nothing of HTTP, Django or any dialect."""

from engine.actions import ALL_ACTIONS, DOCUMENT_ACTIONS, Action
from engine.change import Change
from engine.codec import dumps, loads, plain
from engine.collection import Collection, Spec
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
from engine.events import Token
from engine.feed import Feed, Happening
from engine.fields import Field
from engine.filter import OPERATORS
from engine.history import ABSENT, Difference, States
from engine.limits import Limits
from engine.query import Page, Query
from engine.schema import Inference, Schema, invalid, parse_schema
from engine.storage import drop_storage, make_storage
from engine.store import Store
from engine.tail import Tail
from engine.values import TYPES

__all__ = [
    "ABSENT",
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
    "Difference",
    "Error",
    "Feed",
    "Field",
    "FieldError",
    "Forbidden",
    "Happening",
    "Inference",
    "Invalid",
    "LimitExceeded",
    "Limits",
    "NotFound",
    "Page",
    "Query",
    "Schema",
    "Spec",
    "States",
    "Store",
    "Tail",
    "Token",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "drop_storage",
    "dumps",
    "invalid",
    "loads",
    "make_storage",
    "parse_schema",
    "plain",
]
