"""The query language, compiled from an allow-list."""

from engine.query.expressions import ACCUMULATORS, EXPRESSIONS
from engine.query.extended_json import decode as decode_extended
from engine.query.extended_json import encode as encode_extended
from engine.query.extended_json import is_literal
from engine.query.filter import OPERATORS
from engine.query.filter_operands import Ids
from engine.query.pipeline import STAGES
from engine.query.query import Count, Page, Query

__all__ = [
    "ACCUMULATORS",
    "Count",
    "EXPRESSIONS",
    "Ids",
    "OPERATORS",
    "Page",
    "Query",
    "STAGES",
    "decode_extended",
    "encode_extended",
    "is_literal",
]
