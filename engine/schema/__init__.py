"""Declared types, fields and rules."""

from engine.schema.collation import LOCALES, Collation, parse_collation
from engine.schema.declaration import parse_schema
from engine.schema.fields import MAX_NAME, MAX_TEMPLATE, Field
from engine.schema.inference import Inference
from engine.schema.json_schema import Rules, parse_rules
from engine.schema.mask import FieldMask, parse_mask
from engine.schema.positional import is_positional
from engine.schema.schema import Schema
from engine.schema.types import TYPES, equal_json, without_infinities

__all__ = [
    "Collation",
    "Field",
    "FieldMask",
    "Inference",
    "LOCALES",
    "MAX_NAME",
    "MAX_TEMPLATE",
    "Rules",
    "Schema",
    "TYPES",
    "equal_json",
    "is_positional",
    "parse_collation",
    "parse_mask",
    "parse_rules",
    "parse_schema",
    "without_infinities",
]
