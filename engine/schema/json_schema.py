"""A collection's JSON Schema: parsing it, and checking documents against it.

Draft 2020-12, checked by a library whose regular expressions take linear time. A schema refers only into itself,
and in no circle: nothing is fetched, and its cost is known when it is declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from time import thread_time
from typing import Any

import jsonschema_rs

from engine.encoding.json import plain
from engine.errors import Code, Message, PathErrors, code_of
from engine.limits import Limits
from engine.schema import json_schema_cost as schema_cost
from engine.schema.json_schema_errors import expand, iterate_errors, only

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_REFUSED = {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"}
_MAX_ERRORS = 20
_MAX_TEXT_LENGTH = 300
# Seconds of processor time for further errors once one is known.
_ERROR_SECONDS = 0.2
# A request that checks many documents may take this many times what one document may.
_DOCUMENTS = 100
_MAX_COMPILED = 4_000
_LITERALS = {"const", "enum", "default", "examples"}


class _Endless(Exception):
    """A schema refers to itself."""


@dataclass
class Budget:
    """The checks that documents may take: for each one, and for the rest of a request together."""

    each: int
    remaining: int

    @classmethod
    def of(cls, limits: Limits) -> Budget:
        return cls(limits.schema_checks, limits.schema_checks * _DOCUMENTS)


@dataclass(frozen=True)
class Rules:
    """A JSON Schema accepted by `parse_rules`."""

    raw: Mapping[str, Any]

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return _compiled(self.raw)

    @cached_property
    def _expanded(self) -> Any:
        return expand(self.raw, lambda pointer: _target(self.raw, pointer))

    @cached_property
    def _root(self) -> schema_cost.SchemaState:
        return schema_cost.SchemaState([self._expanded])

    @cached_property
    def _parts(self) -> dict[tuple[int, str], tuple[Any, jsonschema_rs.Draft202012Validator]]:
        return {}

    def errors(self, document: Mapping[str, Any], *, budget: Budget) -> PathErrors:
        """Return the first errors of a document in its JSON form, as (path, message), without `_id` and `_sys`.

        The validator holds the interpreter until it has finished, so its work is bounded before it starts.
        """
        json = plain({name: value for name, value in document.items() if name not in ("_id", "_sys")})
        checks = schema_cost.steps(json, self._root, max_steps=budget.each)
        if checks > budget.each:
            return [("", f"The JSON Schema needs more than {budget.each} checks here (MAX_SCHEMA_CHECKS).")]
        if checks > budget.remaining:
            cap = f"{budget.each * _DOCUMENTS} checks for all documents of a request"
            return [("", f"The JSON Schema needs more than {cap} ({_DOCUMENTS} times MAX_SCHEMA_CHECKS).")]
        budget.remaining -= checks
        return [] if self._validator.is_valid(json) else self._errors(json)

    def _errors(self, json: Any) -> PathErrors:
        errors: PathErrors = []
        began = thread_time()
        for path, message in islice(iterate_errors(self._expanded, json, self._part), _MAX_ERRORS):
            errors.append((".".join(map(str, path)), Message(message[:_MAX_TEXT_LENGTH], code_of(message))))
            if thread_time() - began > _ERROR_SECONDS:
                break
        return errors or [("", Message("The document does not match the JSON Schema.", Code.SCHEMA))]

    def _part(self, schema: Any, keyword: str = "") -> jsonschema_rs.Draft202012Validator:
        """Return the validator of a part of the expanded schema, or of one of its keywords."""
        key = (id(schema), keyword)
        if key not in self._parts:
            if len(self._parts) >= _MAX_COMPILED:
                self._parts.clear()
            # The schema is stored beside its validator, so that no other schema can get its id.
            self._parts[key] = (schema, _compiled(only(schema, keyword) if keyword else schema))
        return self._parts[key][1]


def parse_rules(raw: Any, *, limits: Limits) -> tuple[Rules | None, PathErrors]:
    """Parse a JSON Schema, or return its errors as (path, message)."""
    if type(raw) is not dict:
        return None, [("", "Must be a JSON Schema, an object.")]
    errors = list(_keyword_errors(raw))
    errors = errors or _size_errors(raw, limits=limits) or list(_pattern_errors(raw))
    if errors:
        return None, errors
    try:
        _compiled(raw)
    except jsonschema_rs.ValidationError as error:
        path = ".".join(str(part) for part in error.instance_path)
        return None, [(path, f"This is no JSON Schema: {error.message[:_MAX_TEXT_LENGTH]}")]
    return Rules(raw), []


def _compiled(raw: Any) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        raw,
        retriever=_refuse,
        validate_formats=True,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=schema_cost.MAX_PATTERN_BYTES),
    )


def _refuse(address: str) -> Any:
    raise ValueError(f"{address} is not fetched")


def _keyword_errors(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if raw.get("$schema", _DRAFT) != _DRAFT:
        yield "$schema", f"Must be {_DRAFT}."
    stack: list[tuple[str, Any]] = [("", raw)]
    while stack:
        path, value = stack.pop()
        members = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
        for name, child in members:
            inner = f"{path}.{name}" if path else str(name)
            if name in _REFUSED:
                yield inner, "This keyword is not supported."
            elif name == "$ref" and (type(child) is not str or _target(raw, child) is None):
                yield inner, 'A reference leads to a part of the same schema, such as "#/$defs/name".'
            stack.append((inner, child))


def _pattern_errors(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Compile patterns one by one, and yield an error when one or all together are too large."""
    total = 0
    for path, pattern in _patterns(raw):
        size = schema_cost.pattern_size(pattern)
        total += size
        if size > schema_cost.MAX_PATTERN_BYTES:
            yield (
                path,
                f"This is no JSON Schema: {pattern[:200]} is not valid, or too large when compiled.",
            )
            return
        if total > schema_cost.MAX_PATTERN_BYTES:
            yield path, "With this one all patterns take more than 1 MiB when compiled; use fewer or shorter ones."
            return


def _patterns(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    stack: list[tuple[str, Any]] = [("", raw)]
    while stack:
        path, value = stack.pop()
        members = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
        for name, child in members:
            inner = f"{path}.{name}" if path else str(name)
            if name == "pattern" and type(child) is str:
                yield inner, child
            elif name == "patternProperties" and type(child) is dict:
                yield from ((f"{inner}.{pattern}", pattern) for pattern in child)
            if name not in _LITERALS:
                stack.append((inner, child))


def _target(raw: Mapping[str, Any], pointer: str) -> Any:
    """Return what a JSON pointer with `#` leads to, or None."""
    head, *names = pointer.split("/")
    target: Any = raw if head == "#" else None
    for name in names:
        name = name.replace("~1", "/").replace("~0", "~")
        if type(target) is dict:
            target = target.get(name)
        elif type(target) is list and name.isdecimal() and len(name) < 6 and int(name) < len(target):
            target = target[int(name)]
        else:
            return None
    return target if type(target) in (dict, bool) else None


def _size_errors(raw: Mapping[str, Any], *, limits: Limits) -> PathErrors:
    """Return errors of size: the cost of a check is bounded by the schema with every reference written out."""
    try:
        size = _size(raw, raw, {}, (), limits=limits)
    except _Endless:
        return [("", "A schema must not refer to itself, nor be nested too deep.")]
    if size > limits.query_nodes:
        return [
            ("", f"With its references written out it has more than {limits.query_nodes} parts (MAX_QUERY_NODES).")
        ]
    return []


def _size(
    value: Any, raw: Mapping[str, Any], known: dict[str, int], way: tuple[str, ...], *, limits: Limits
) -> int:
    if len(way) > limits.depth:
        raise _Endless
    if type(value) is list:
        return 1 + sum(_size(item, raw, known, way, limits=limits) for item in value)
    if type(value) is not dict:
        return 1
    total = 1
    for name, child in value.items():
        if name != "$ref":
            total += _size(child, raw, known, way, limits=limits)
            continue
        if child in way:
            raise _Endless
        if child not in known:
            known[child] = _size(_target(raw, child), raw, known, (*way, child), limits=limits)
        total += known[child]
    return total
