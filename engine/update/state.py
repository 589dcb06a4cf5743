"""State of one update while it is compiled: changed paths, errors, and what MongoDB computes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.encoding.shape import check_document, path_error
from engine.errors import Code, FieldError, Message
from engine.limits import Limits
from engine.query.regex_guard import RegexUse
from engine.schema.fields import Field
from engine.schema.positional import MATCHED, arrays_by_name, with_indexes
from engine.schema.schema import Schema
from engine.schema.types import CoercionError

OVERLAP = "The same change does something else to this field, or to one that it lies in."


class UpdateState:
    """Collects what the operands of one update change, and every error."""

    def __init__(self, schema: Schema, *, limits: Limits, root: str, now: datetime) -> None:
        self.schema = schema
        self.limits = limits
        self.root = root
        self.now = now
        self.operators: dict[str, dict[str, Any]] = {}
        self.locations: dict[str, str] = {}
        self.unchecked_fields: set[str] = set()
        self.matched: dict[str, str] = {}
        self.arrays: dict[str, tuple[str, str]] = {}
        self.regex_uses: list[RegexUse] = []
        self.errors: list[FieldError] = []

    def error(self, location: str, text: str) -> None:
        self.errors.append(FieldError(location, text))

    def touch(self, path: str, location: str) -> Field | None:
        """Record that a path is changed, and return its declared field, if any."""
        text = path_error(with_indexes(path), limits=self.limits)
        if not text:
            text, field = self.schema.locate(path)
        if not text and path.split(".")[1:].count(MATCHED) > 1:
            text = "Only one part of a path may be $."
        if text:
            self.error(location, text)
            return None
        if path in self.locations:
            self.error(location, OVERLAP)
        self.locations[path] = location
        for name, array in arrays_by_name(path).items():
            self._use_array(name, array, location)
        return field

    def _use_array(self, name: str, array: str, location: str) -> None:
        """Record that a path has `$` or `$[name]`; one name stands for the elements of one array."""
        if name == MATCHED:
            self.matched[array] = location
        elif self.arrays.setdefault(name, (array, location))[0] != array:
            self.error(location, f"$[{name}] stands for elements of another array already; use another name.")

    def mark_unchecked(self, path: str) -> None:
        self.unchecked_fields.add(path.partition(".")[0])

    def literal(self, value: Any, location: str, *, depth: int) -> Any:
        """Check a plain value at this depth, which holds no operator, and return it."""
        for inner, text in check_document({"": value}, limits=self.limits, depth=min(depth, self.limits.depth)):
            self.error(f"{location}.{inner}" if inner else location, text)
        return value

    def fits(self, field: Field | None, kinds: frozenset[str], name: str, location: str) -> bool:
        """Return whether an operator suits a declared field. An undeclared one may be anything."""
        if field is None or ("array" if field.many else field.type) in kinds:
            return True
        self.error(location, Message(f"{name} does not go with a field of type {field.type}.", Code.TYPE))
        return False

    def coerced(self, field: Field | None, value: Any, location: str) -> Any:
        try:
            return value if field is None else field.coerce(value)
        except CoercionError as error:
            self.error(location, str(error))
            return value
