"""An upper bound on the work of checking a document against a JSON Schema, computed before the check starts.

One step is about 50 ns of the validator's time. The weights were measured with jsonschema-rs 0.60 and are those of
the worst value for each keyword. The bound takes time linear in the document, plus at most the bound itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jsonschema_rs

# A keyword's operand is one schema, a list of schemas, or schemas by name; for the same value or for its children.
SAME_VALUE = {"not", "if", "then", "else"}
SAME_VALUE_LISTS = {"allOf", "anyOf", "oneOf"}
SAME_VALUE_NAMED = {"dependentSchemas", "dependencies"}
MEMBERS = {"additionalProperties", "unevaluatedProperties"}
ELEMENTS = {"items", "contains", "unevaluatedItems"}

_COMPARISON = 8
_MEMBER = 2
_NUMERIC = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_FRACTION = 80
_EXTREME_NUMBER = 10
_LARGE, _SMALL = 1e16, 1e-9
_FORMAT_BYTE = 0.5
# (size of the compiled pattern in bytes, steps for each byte of text), from lazily built automata.
_PATTERN_BYTE = ((512, 0.25), (1024, 1.0), (2048, 25.0))
# Anchored, without alternatives and with fixed repetitions alone: there is one way through it.
_ONE_WAY = re.compile(r"\^(?:\\.|\[[^\[\]\\]+\]|\{\d+\}|[^\\?*+|(){}\[\]])*")
_SMALLEST_PATTERN = 256
MAX_PATTERN_BYTES = 1 << 20


class SchemaState:
    """The schemas that apply to one value, with their weights. States of children are built on first use."""

    def __init__(self, schemas: Iterable[Any]) -> None:
        self.steps = 0.0
        self.numeric = 0.0
        self.text = 0.0
        self.member = 0.0
        self.member_text = 0.0
        self.unique = 0
        self.repeats = False
        self._names: dict[str, list[Any]] = {}
        self._others: list[Any] = []
        self._elements: list[Any] = []
        self._children: dict[str | int, SchemaState | None] = {}
        for schema in schemas:
            self._add(schema)

    def of_member(self, name: str) -> SchemaState | None:
        """Return the state of an object's member, or None where no schema applies."""
        key = name if name in self._names else 0
        if key not in self._children:
            schemas = [*self._names.get(name, ()), *self._others]
            self._children[key] = SchemaState(schemas) if schemas else None
        return self._children[key]

    def of_element(self) -> SchemaState | None:
        """Return the state of an array's element, or None where no schema applies."""
        if 1 not in self._children:
            self._children[1] = SchemaState(self._elements) if self._elements else None
        return self._children[1]

    def _add(self, schema: Any) -> None:
        self.steps += 1
        if type(schema) is not dict:
            return
        for keyword, operand in schema.items():
            self._add_keyword(keyword, operand, schema)

    def _add_keyword(self, keyword: str, operand: Any, schema: Mapping[str, Any]) -> None:
        if keyword in SAME_VALUE:
            self._add(operand)
        elif keyword in SAME_VALUE_LISTS:
            for item in operand:
                self._add(item)
        elif keyword in SAME_VALUE_NAMED:
            for item in operand.values():
                self._add_dependency(item)
        elif keyword in ELEMENTS or keyword == "prefixItems":
            self._elements += operand if keyword == "prefixItems" else [operand]
            self.repeats |= keyword == "unevaluatedItems"
        elif keyword in MEMBERS:
            self._others.append(operand)
            self.member += _MEMBER
            self.repeats |= keyword == "unevaluatedProperties"
        elif keyword == "properties":
            self.steps += len(operand)
            for name, item in operand.items():
                self._names.setdefault(name, []).append(item)
        elif keyword == "patternProperties":
            self._add_pattern_properties(operand, twice="additionalProperties" in schema)
        elif keyword == "propertyNames":
            names = SchemaState([operand])
            self.member += names.steps
            self.member_text += names.text
        else:
            self._add_assertion(keyword, operand)

    def _add_dependency(self, item: Any) -> None:
        """Add an array of required names (the older `dependencies`), or a schema."""
        if type(item) is list:
            self.steps += _COMPARISON * len(item)
        else:
            self._add(item)

    def _add_pattern_properties(self, operand: Mapping[str, Any], *, twice: bool) -> None:
        for pattern, item in operand.items():
            self.member += (1 + twice) * _COMPARISON
            self.member_text += (1 + twice) * _pattern_weight(pattern)
            self._others.append(item)

    def _add_assertion(self, keyword: str, operand: Any) -> None:
        if keyword in _NUMERIC:
            whole = type(operand) is int
            self.steps += 1 if whole else 0
            self.numeric += 0 if whole else _FRACTION
        elif keyword == "pattern":
            self.steps += _COMPARISON
            self.text += _pattern_weight(operand)
        elif keyword == "format":
            self.steps += _COMPARISON
            self.text += _FORMAT_BYTE
        elif keyword in ("const", "enum"):
            self.steps += _COMPARISON * _size(operand)
        elif keyword == "uniqueItems":
            self.unique += _COMPARISON
        elif keyword in ("required", "dependentRequired", "type"):
            self.steps += _size(operand)
        else:
            self.steps += 1


def steps(document: Any, root: SchemaState, *, max_steps: int) -> int:
    """Return an upper bound on the steps of checking a document in JSON's types. Stops above `max_steps`."""
    total = 0.0
    stack: list[tuple[Any, SchemaState | None, int, int]] = [(document, root, 1, 0)]
    while stack and total <= max_steps:
        value, state, factor, unique = stack.pop()
        total += factor * unique
        if state is not None:
            total += factor * (state.steps + _of_names(value, state))
            factor *= 1 + state.repeats
            unique += state.unique
        for items, child in _children(value, state):
            if child is None and not unique:
                continue
            nested = [item for item in items if type(item) is dict or type(item) is list]
            total += factor * unique * (len(items) - len(nested))
            if child is not None:
                total += factor * child.steps * (len(items) - len(nested)) + factor * _of_scalars(items, child)
            stack.extend([(item, child, factor, unique) for item in nested])
    return int(total)


def _children(value: Any, state: SchemaState | None) -> Iterator[tuple[Sequence[Any], SchemaState | None]]:
    """Yield the values inside a value, those together that share a state."""
    if type(value) is list:
        yield value, state and state.of_element()
    elif type(value) is dict and state is None:
        yield [*value.values()], None
    elif type(value) is dict and state is not None:
        for name, item in value.items():
            yield (item,), state.of_member(name)


def _of_scalars(items: Sequence[Any], state: SchemaState) -> float:
    total = 0.0
    if state.text:
        total += state.text * sum([len(item) for item in items if type(item) is str])
    if state.numeric:
        numbers = [item for item in items if type(item) is int or type(item) is float]
        extreme = sum([item != 0 and not _SMALL < abs(item) < _LARGE for item in numbers])
        total += state.numeric * (len(numbers) + extreme * _EXTREME_NUMBER)
    return total


def _of_names(value: Any, state: SchemaState) -> float:
    if type(value) is not dict or not state.member:
        return 0
    return state.member * len(value) + (state.member_text * sum(map(len, value)) if state.member_text else 0)


def _size(operand: Any) -> int:
    """Return the number of values in an operand."""
    count, stack = 0, [operand]
    while stack:
        value = stack.pop()
        count += 1
        if type(value) is dict:
            stack.extend(value.values())
        elif type(value) is list:
            stack.extend(value)
    return count


def _pattern_weight(pattern: str) -> float:
    """Return the steps for each byte of text."""
    if _ONE_WAY.fullmatch(pattern):
        return _PATTERN_BYTE[0][1]
    size = pattern_size(pattern)
    return next((weight for limit, weight in _PATTERN_BYTE if size <= limit), 35 + size / 512)


@lru_cache(maxsize=1024)
def pattern_size(pattern: str) -> int:
    """Return the size in bytes of a compiled pattern, rounded up to a power of two, or over MAX_PATTERN_BYTES."""
    size = _SMALLEST_PATTERN
    while size <= MAX_PATTERN_BYTES:
        try:
            jsonschema_rs.Draft202012Validator(
                {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions(size_limit=size)
            )
        except jsonschema_rs.ValidationError:
            size *= 2
        else:
            return size
    return size
