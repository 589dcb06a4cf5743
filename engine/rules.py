"""A collection's JSON Schema: what it may be, and what a document does to break it.

Draft 2020-12, checked by a library whose regular expressions take linear time. A schema refers only into itself,
and in no circle: nothing is fetched, and what it costs is known when it is declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonschema_rs

from engine.codec import plain
from engine.errors import Code, Message
from engine.limits import Limits

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_REFUSED = {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"}
_MOST_FAULTS = 20
_MOST_TEXT = 300
_Kind = jsonschema_rs.ValidationErrorKind
_CODES: Mapping[type, Code] = {
    _Kind.Required: Code.REQUIRED,
    _Kind.Type: Code.TYPE,
    _Kind.Pattern: Code.REGEX,
    _Kind.Format: Code.REGEX,
    _Kind.Enum: Code.ENUM,
    _Kind.Constant: Code.ENUM,
    _Kind.Minimum: Code.MIN,
    _Kind.ExclusiveMinimum: Code.MIN,
    _Kind.MinLength: Code.MIN,
    _Kind.MinItems: Code.MIN,
    _Kind.MinProperties: Code.MIN,
    _Kind.Maximum: Code.MAX,
    _Kind.ExclusiveMaximum: Code.MAX,
    _Kind.MaxLength: Code.MAX,
    _Kind.MaxItems: Code.MAX,
    _Kind.MaxProperties: Code.MAX,
    _Kind.AdditionalProperties: Code.UNKNOWN,
    _Kind.UnevaluatedProperties: Code.UNKNOWN,
}


class _Endless(Exception):
    """A schema refers to itself."""


@dataclass(frozen=True)
class Rules:
    """A JSON Schema that `parse_rules` has accepted."""

    raw: Mapping[str, Any]

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return _compiled(self.raw)

    def faults(self, document: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The first faults of a document in its JSON form, as (path, message); `_id` and `_sys` are left out."""
        shown = plain({name: value for name, value in document.items() if name not in ("_id", "_sys")})
        found = []
        for problem in self._validator.iter_errors(shown):
            path = ".".join(str(part) for part in problem.instance_path)
            found.append((path, Message(problem.message[:_MOST_TEXT], _CODES.get(type(problem.kind), Code.SCHEMA))))
            if len(found) == _MOST_FAULTS:
                break
        return found


def parse_rules(raw: Any, *, limits: Limits) -> tuple[Rules | None, list[tuple[str, str]]]:
    """A JSON Schema, or its faults as (path, message)."""
    if type(raw) is not dict:
        return None, [("", "Must be a JSON Schema, an object.")]
    faults = list(_keyword_faults(raw))
    faults = faults or _size_faults(raw, limits=limits)
    if faults:
        return None, faults
    try:
        _compiled(raw)
    except jsonschema_rs.ValidationError as problem:
        path = ".".join(str(part) for part in problem.instance_path)
        return None, [(path, f"This is no JSON Schema: {problem.message[:_MOST_TEXT]}")]
    return Rules(raw), []


def _compiled(raw: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        raw, retriever=_refuse, validate_formats=True, pattern_options=jsonschema_rs.RegexOptions()
    )


def _refuse(address: str) -> Any:
    raise ValueError(f"{address} is not fetched")


def _keyword_faults(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
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


def _target(raw: Mapping[str, Any], pointer: str) -> Any:
    """What a JSON pointer with `#` leads to, or None."""
    head, *names = pointer.split("/")
    found: Any = raw if head == "#" else None
    for name in names:
        name = name.replace("~1", "/").replace("~0", "~")
        if type(found) is dict:
            found = found.get(name)
        elif type(found) is list and name.isdecimal() and len(name) < 6 and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found if type(found) in (dict, bool) else None


def _size_faults(raw: Mapping[str, Any], *, limits: Limits) -> list[tuple[str, str]]:
    """What it costs to check a value is bounded by the schema's size with every reference written out."""
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
