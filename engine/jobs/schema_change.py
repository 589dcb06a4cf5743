"""Schema changes as values: fields added, renamed, redeclared and dropped, and their effect on a document."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from bson import Decimal128

from engine.errors import Code, FieldError, Message, PathErrors
from engine.jobs.rewrite import UNCHANGED, content
from engine.limits import Limits
from engine.schema.conversion import converted
from engine.schema.declaration import parse_schema
from engine.schema.fields import MISSING, NUMBERED, Field, parse_field
from engine.schema.json_schema import Budget
from engine.schema.schema import RESERVED, SYSTEM, UNDECLARED, Schema
from engine.schema.types import CoercionError, equal_json, to_datetime

_TAKEN = Message("Another document has the same value, which must be unique.", Code.UNIQUE)


@dataclass(frozen=True)
class Add:
    """Declares a new field. Existing values are converted; other documents get the default."""

    field: Field
    op = "add"

    def declare(self, fields: dict[str, Field]) -> str:
        if self.field.name in fields:
            return f"The field {self.field.name!r} is declared already."
        fields[self.field.name] = self.field
        return ""

    def apply(self, document: dict[str, Any], errors: PathErrors) -> None:
        if self.field.name not in document and self.field.default is not MISSING:
            document[self.field.name] = self.field.fresh_default()
        else:
            _convert(document, self.field, errors)


@dataclass(frozen=True)
class ChangeType:
    """Redeclares a field. Existing values are converted."""

    field: Field
    op = "retype"

    def declare(self, fields: dict[str, Field]) -> str:
        if self.field.name not in fields:
            return f"There is no field {self.field.name!r}."
        fields[self.field.name] = self.field
        return ""

    def apply(self, document: dict[str, Any], errors: PathErrors) -> None:
        _convert(document, self.field, errors)


@dataclass(frozen=True)
class Rename:
    """Renames a field, in the schema and in the documents."""

    name: str
    to: str
    op = "rename"

    def declare(self, fields: dict[str, Field]) -> str:
        if self.name not in fields:
            return f"There is no field {self.name!r}."
        if self.to in fields:
            return f"The field {self.to!r} is declared already."
        renamed = {
            name if name != self.name else self.to: field if name != self.name else replace(field, name=self.to)
            for name, field in fields.items()
        }
        renamed = {name: field.with_renamed_source(self.name, self.to) for name, field in renamed.items()}
        fields.clear()
        fields.update(renamed)
        return ""

    def apply(self, document: dict[str, Any], errors: PathErrors) -> None:
        if self.name not in document:
            return
        if self.to in document:
            errors.append((self.to, f"The document has both {self.name!r} and {self.to!r}."))
            return
        members = [(self.to if name == self.name else name, value) for name, value in document.items()]
        document.clear()
        document.update(members)


@dataclass(frozen=True)
class Drop:
    """Drops a field from the schema and from the documents."""

    name: str
    op = "drop"

    def declare(self, fields: dict[str, Field]) -> str:
        reader = next((field.name for field in fields.values() if field.reads(self.name)), "")
        if reader and reader != self.name:
            return f"The template of the computed field {reader!r} names {self.name!r}; change that field first."
        return "" if fields.pop(self.name, None) else f"There is no field {self.name!r}."

    def apply(self, document: dict[str, Any], errors: PathErrors) -> None:
        document.pop(self.name, None)


Step = Add | Rename | ChangeType | Drop


def _convert(document: dict[str, Any], declared: Field, errors: PathErrors) -> None:
    if document.get(declared.name) is None:
        return
    try:
        document[declared.name] = converted(document[declared.name], declared)
    except CoercionError as error:
        errors.append((declared.name, str(error)))


@dataclass(frozen=True)
class SchemaChange:
    """Steps from one schema to another, applied to documents one by one.

    It records the unique values it has seen: use a new one for each pass over a collection.
    """

    before: Schema
    after: Schema
    steps: Sequence[Step] = ()
    _seen: dict[str, set[int]] = field(default_factory=dict)

    @property
    def touches_documents(self) -> bool:
        """Whether documents may change or no longer fit."""
        stricter = self.after.strict and not self.before.strict
        return bool(self.steps) or stricter or self._has_other_rules

    @property
    def _has_other_rules(self) -> bool:
        before, after = (rules and rules.raw for rules in (self.before.rules, self.after.rules))
        return after is not None and not equal_json(before, after)

    def convert(
        self, stored: Mapping[str, Any], *, number: Callable[[str], int] | None, limits: Limits
    ) -> tuple[Any, PathErrors]:
        """Return the new document or UNCHANGED, and what does not fit. `number` returns a field's next
        autonumber.
        """
        document = {name: value for name, value in stored.items() if name not in RESERVED}
        # A calendar date is converted as it is shown, without a time; what is left of it is stored as before.
        (document,) = self.before.with_dates([document])
        errors: PathErrors = []
        for step in self.steps:
            step.apply(document, errors)
        document = {name: to_datetime(value) if type(value) is date else value for name, value in document.items()}
        for name in self._touched:
            self._finish(document, self.after.by_name[name], errors, number)
        if self.after.strict:
            unknown = [name for name in document if name not in self.after.by_name]
            errors += [(name, UNDECLARED) for name in unknown]
        if self.after.rules is not None and not errors:
            errors += self.after.rules.errors(document, budget=Budget.of(limits))
        new = {"_id": stored["_id"], **document, SYSTEM: stored[SYSTEM]}
        return (UNCHANGED if content(new) == content(stored) else new), errors

    @property
    def _touched(self) -> list[str]:
        names = {step.field.name for step in self.steps if isinstance(step, Add | ChangeType)}
        return [name for name in self.after.by_name if name in names]

    def _finish(
        self, document: dict[str, Any], declared: Field, errors: PathErrors, number: Callable[[str], int] | None
    ) -> None:
        value = document.get(declared.name)
        if declared.type == NUMBERED and value is None and number is not None:
            document[declared.name] = number(declared.name)
        elif declared.required and value is None:
            errors.append((declared.name, Message.required()))
        elif declared.unique and value is not None:
            seen, key = self._seen.setdefault(declared.name, set()), _digest(*_unique_key(value, declared))
            if key in seen:
                errors.append((declared.name, _TAKEN))
            seen.add(key)

    def names_before(self, name: str) -> list[str]:
        """Return the names that a field had before the steps."""
        names = []
        for step in reversed(self.steps):
            if isinstance(step, Rename) and step.to == name:
                name = step.name
                names.append(name)
        return names

    @property
    def new_unique(self) -> list[str]:
        """Fields that become unique, or whose unique values get another type."""
        return _added_unique(self.after, self.before)

    @property
    def old_unique(self) -> list[str]:
        """Fields that were unique, or whose values had another type."""
        return _added_unique(self.before, self.after)


def _unique_key(value: Any, declared: Field) -> tuple[str, str]:
    """Return a key that is equal for values that a unique index takes for equal: numbers of all types by value."""
    if isinstance(value, Decimal128):
        value = value.to_decimal()
    if isinstance(value, str) and declared.case_insensitive:
        return "str", unicodedata.normalize("NFD", value.casefold())
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return "number", "{:x}/{:x}".format(*value.as_integer_ratio())
    return type(value).__name__, str(value)


def _digest(kind: str, text: str) -> int:
    """Return 128 bits that stand for a key. An integer takes no more memory than `hash` of the key, whose values
    clash: `hash(-1) == hash(-2)`.
    """
    return int.from_bytes(blake2b(f"{kind}:{text}".encode(), digest_size=16).digest())


def _added_unique(one: Schema, other: Schema) -> list[str]:
    return [name for name, index in one.unique.items() if other.unique.get(name) != index]


def parse_steps(raw: Any, *, limits: Limits) -> tuple[list[Step], list[FieldError]]:
    """Parse `[{op: "add"|"retype", field}, {op: "rename", name, to}, {op: "drop", name}]`, or return its errors by
    path.
    """
    if type(raw) is not list or len(raw) > limits.collection_fields:
        text = f"Must be an array of at most {limits.collection_fields} operations (MAX_COLLECTION_FIELDS)."
        return [], [FieldError("operations", text)]
    steps, errors = [], []
    for index, item in enumerate(raw):
        step, issues = _parse_step(item, limits=limits)
        errors += [FieldError(f"operations.{index}{path and '.'}{path}", text) for path, text in issues]
        if step is not None:
            steps.append(step)
    return steps, errors


_MEMBERS = {"add": {"field"}, "retype": {"field"}, "rename": {"name", "to"}, "drop": {"name"}}


def _parse_step(raw: Any, *, limits: Limits) -> tuple[Step | None, PathErrors]:
    op = raw.get("op") if type(raw) is dict else None
    if type(op) is not str or op not in _MEMBERS:
        return None, [("op", f"Must be one of {', '.join(_MEMBERS)}.")]
    errors = [(name, f"{op} has no such property.") for name in sorted(raw.keys() - _MEMBERS[op] - {"op"})]
    if op in ("add", "retype"):
        field, issues = parse_field(raw.get("field"), limits=limits)
        errors += [(f"field.{path}" if path else "field", text) for path, text in issues]
        return (None, errors) if errors or field is None else ((Add if op == "add" else ChangeType)(field), [])
    for name in sorted(_MEMBERS[op]):
        if type(raw.get(name)) is not str or not raw[name]:
            errors.append((name, "Must be the name of a field."))
    if op == "rename" and not errors:
        _, issues = parse_field({"name": raw["to"]}, limits=limits)
        errors += [("to", text) for _, text in issues]
    if errors:
        return None, errors
    return (Rename(raw["name"], raw["to"]) if op == "rename" else Drop(raw["name"])), []


def as_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return the steps as `parse_steps` reads them."""
    return [
        {"op": step.op, "field": step.field.as_dict()}
        if isinstance(step, Add | ChangeType)
        else {"op": step.op} | {name: getattr(step, name) for name in sorted(_MEMBERS[step.op])}
        for step in steps
    ]


def declared_by(before: Schema, steps: Sequence[Step], *, limits: Limits) -> tuple[Schema, list[FieldError]]:
    """Return the schema after the steps, or the errors of steps that cannot be applied."""
    fields = dict(before.by_name)
    errors = []
    for index, step in enumerate(steps):
        if text := step.declare(fields):
            errors.append(FieldError(f"operations.{index}", text))
    if errors:
        return before, errors
    _, issues = parse_schema([item.as_dict() for item in fields.values()], limits=limits)
    return replace(before, fields=tuple(fields.values())), [
        FieldError("operations", item.message) for item in issues
    ]
