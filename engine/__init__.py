"""The document engine: the one door to documents. It knows nothing of HTTP, Django or any dialect."""

from engine.actions import ALL_ACTIONS, DOCUMENT_ACTIONS, Action
from engine.analysis import Distinct
from engine.blobs import Blob, Blobs, Shelf
from engine.bulk import Bulk
from engine.change import Change, Replacement, Touch
from engine.cloning import Clone, FileClone
from engine.codec import dumps, iso_timestamp, loads, plain
from engine.collation import LOCALES, Collation, parse_collation
from engine.collection import PLANNED, Collection, Spec, now
from engine.database import Database
from engine.errors import (
    KINDS,
    Code,
    Conflict,
    Error,
    FieldError,
    Forbidden,
    Invalid,
    LimitExceeded,
    Message,
    NotFound,
    Outdated,
    TimedOut,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unexpected,
)
from engine.events import Event, Token
from engine.explaining import Explanation
from engine.expressions import ACCUMULATORS, EXPRESSIONS
from engine.extended_json import decode as decode_extended
from engine.extended_json import encode as encode_extended
from engine.feed import Feed, Happening
from engine.fields import MAX_NAME, MAX_TEMPLATE, Field
from engine.filter import OPERATORS, Ids
from engine.guard import Guard
from engine.history import ABSENT, Difference, States
from engine.idempotency import Kept, once
from engine.ids import id_prefix, new_id
from engine.indexes import ORDERS, Index, NewIndex
from engine.lazy import made_once
from engine.limits import Limits
from engine.migrating import Migration, Report
from engine.operators import UPDATE_OPERATORS, Operators
from engine.pipeline import STAGES
from engine.positional import is_positional
from engine.preview import Preview, Sample
from engine.query import Count, Page, Query
from engine.reshaping import Reshaping, declared_by, parse_steps
from engine.reshaping import as_json as steps_as_json
from engine.restoring import Restoration
from engine.rewriting import Tally
from engine.rules import Rules, parse_rules
from engine.schema import Inference, Schema, invalid, parse_schema
from engine.storage import (
    Size,
    database_size,
    drop_storage,
    forget_surplus,
    forget_versions,
    make_storage,
    over_bound,
)
from engine.store import Store
from engine.tail import Source, Tail
from engine.text_index import LANGUAGES, TextOptions
from engine.values import TYPES, equal_json, without_infinities
from engine.writing import Delete, Insert, Operation, Update, Written

__all__ = [
    "Code",
    "Message",
    "ABSENT",
    "ACCUMULATORS",
    "ALL_ACTIONS",
    "DOCUMENT_ACTIONS",
    "EXPRESSIONS",
    "KINDS",
    "LANGUAGES",
    "LOCALES",
    "MAX_NAME",
    "MAX_TEMPLATE",
    "OPERATORS",
    "ORDERS",
    "STAGES",
    "TYPES",
    "UPDATE_OPERATORS",
    "Action",
    "Blob",
    "Blobs",
    "Bulk",
    "Change",
    "Clone",
    "Collation",
    "Collection",
    "Conflict",
    "Count",
    "Database",
    "Delete",
    "Difference",
    "Distinct",
    "Error",
    "Event",
    "Explanation",
    "Feed",
    "Field",
    "FieldError",
    "FileClone",
    "Forbidden",
    "Guard",
    "Happening",
    "Index",
    "Inference",
    "Ids",
    "Insert",
    "Invalid",
    "Kept",
    "LimitExceeded",
    "Limits",
    "Migration",
    "NewIndex",
    "NotFound",
    "Operation",
    "PLANNED",
    "Operators",
    "Outdated",
    "Page",
    "Preview",
    "Query",
    "Replacement",
    "Report",
    "Reshaping",
    "Restoration",
    "Rules",
    "Sample",
    "Schema",
    "Shelf",
    "Size",
    "Source",
    "Spec",
    "States",
    "Store",
    "Tail",
    "Tally",
    "Token",
    "TextOptions",
    "TimedOut",
    "TooLarge",
    "Touch",
    "Unauthenticated",
    "Unavailable",
    "Unexpected",
    "Update",
    "Written",
    "declared_by",
    "database_size",
    "drop_storage",
    "decode_extended",
    "dumps",
    "encode_extended",
    "iso_timestamp",
    "equal_json",
    "forget_surplus",
    "forget_versions",
    "invalid",
    "is_positional",
    "id_prefix",
    "loads",
    "make_storage",
    "new_id",
    "now",
    "made_once",
    "once",
    "over_bound",
    "parse_collation",
    "parse_rules",
    "parse_schema",
    "parse_steps",
    "plain",
    "steps_as_json",
    "without_infinities",
]
