"""The document engine: the only way to documents. It knows nothing of HTTP, Django or any dialect."""

from engine.actions import ALL_ACTIONS, DOCUMENT_ACTIONS, Action
from engine.context.context import PLANNED, now
from engine.context.ids import id_prefix, new_id
from engine.context.spec import Spec
from engine.encoding.json import dumps, iso_timestamp, loads, plain
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
    invalid,
)
from engine.events.change_stream import Source, Tail
from engine.events.event import Event, Token
from engine.handles.collection import Collection
from engine.handles.database import Database, Size, database_size
from engine.handles.feed import Feed, Happening
from engine.handles.files import Blobs, Shelf
from engine.history.history import ABSENT, Difference, States
from engine.history.retention import forget_surplus, forget_versions, over_bound
from engine.indexes.definition import ORDERS, Index, NewIndex
from engine.indexes.text import LANGUAGES, TextOptions
from engine.jobs.clone import Clone, FileClone
from engine.jobs.migrate import Migration, Report
from engine.jobs.restore import Restoration
from engine.jobs.rewrite import Tally
from engine.jobs.schema_change import Reshaping, declared_by, parse_steps
from engine.jobs.schema_change import as_json as steps_as_json
from engine.jobs.storage import drop_storage, make_storage
from engine.lazy import made_once
from engine.limits import Limits
from engine.query.expressions import ACCUMULATORS, EXPRESSIONS
from engine.query.extended_json import decode as decode_extended
from engine.query.extended_json import encode as encode_extended
from engine.query.filter import OPERATORS
from engine.query.filter_operands import Ids
from engine.query.pipeline import STAGES
from engine.query.query import Count, Page, Query
from engine.read.aggregate import Distinct
from engine.read.explain import Explanation
from engine.schema.collation import LOCALES, Collation, parse_collation
from engine.schema.fields import MAX_NAME, MAX_TEMPLATE, Field
from engine.schema.inference import Inference
from engine.schema.json_schema import Rules, parse_rules
from engine.schema.positional import is_positional
from engine.schema.schema import Schema, parse_schema
from engine.schema.types import TYPES, equal_json, without_infinities
from engine.store import Blob, Store
from engine.update.change import Change, Replacement, Touch
from engine.update.operators import UPDATE_OPERATORS, Operators
from engine.write.bulk import Bulk
from engine.write.dry_run import Preview, Sample
from engine.write.idempotency import Kept, once
from engine.write.operations import Delete, Insert, Operation, Update, Written
from engine.write.precondition import Guard

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
