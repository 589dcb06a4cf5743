"""The document engine: the one door to documents. It knows nothing of HTTP, Django or any dialect."""

from engine.actions import ALL_ACTIONS, DOCUMENT_ACTIONS, Action
from engine.analysis import Distinct
from engine.bulk import Bulk
from engine.change import Change, Replacement
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
    Outdated,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from engine.events import Token
from engine.explaining import Explanation
from engine.feed import Feed, Happening
from engine.fields import Field
from engine.filter import OPERATORS
from engine.guard import Guard
from engine.history import ABSENT, Difference, States
from engine.idempotency import Kept, once
from engine.indexes import ORDERS, Index, NewIndex
from engine.limits import Limits
from engine.operators import UPDATE_OPERATORS, Operators
from engine.preview import Preview, Sample
from engine.query import Count, Page, Query
from engine.schema import Inference, Schema, invalid, parse_schema
from engine.storage import drop_storage, make_storage
from engine.store import Store
from engine.tail import Tail
from engine.values import TYPES
from engine.writing import Delete, Insert, Operation, Update, Written

__all__ = [
    "ABSENT",
    "ALL_ACTIONS",
    "DOCUMENT_ACTIONS",
    "KINDS",
    "OPERATORS",
    "ORDERS",
    "TYPES",
    "UPDATE_OPERATORS",
    "Action",
    "Bulk",
    "Change",
    "Collection",
    "Conflict",
    "Count",
    "Database",
    "Delete",
    "Difference",
    "Distinct",
    "Error",
    "Feed",
    "Explanation",
    "Field",
    "FieldError",
    "Forbidden",
    "Guard",
    "Happening",
    "Index",
    "Inference",
    "Insert",
    "Invalid",
    "Kept",
    "LimitExceeded",
    "Limits",
    "NewIndex",
    "NotFound",
    "Operation",
    "Operators",
    "Outdated",
    "Page",
    "Preview",
    "Query",
    "Replacement",
    "Sample",
    "Schema",
    "Spec",
    "States",
    "Store",
    "Tail",
    "Token",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "Update",
    "Written",
    "drop_storage",
    "dumps",
    "invalid",
    "loads",
    "make_storage",
    "once",
    "parse_schema",
    "plain",
]
