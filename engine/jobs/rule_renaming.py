"""Follow the rename of a field in the JSON Schema of its collection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

# Keywords of JSON Schema whose value applies to the whole document as well.
_ONE = frozenset({"not", "if", "then", "else"})
_SEVERAL = frozenset({"allOf", "anyOf", "oneOf"})
_BY_NAME = frozenset({"properties", "dependentSchemas", "dependentRequired"})


def renamed_rules(rules: Mapping[str, Any], name: str, to: str) -> dict[str, Any]:
    """Return the schema with a field of the documents renamed in every keyword that names it.

    Raises `ValueError` with the reason where the schema names both fields, or names it behind a `$ref`.
    """
    if name in _named(rules) and to in _named(rules):
        raise ValueError(f"the JSON Schema names {to!r} already")
    if any("$ref" in part for part in _parts(rules)) and _holds(rules.get("$defs"), name):
        raise ValueError(f"the JSON Schema may name {name!r} behind a $ref")
    renamed: dict[str, Any] = _renamed(rules, name, to)
    return renamed


def _parts(rules: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the schema and every schema in it that applies to the whole document."""
    if not isinstance(rules, Mapping):
        return
    yield rules
    for keyword, value in rules.items():
        if keyword in _ONE:
            yield from _parts(value)
        elif keyword in _SEVERAL:
            for item in value:
                yield from _parts(item)
        elif keyword == "dependentSchemas":
            for item in value.values():
                yield from _parts(item)


def _named(rules: Mapping[str, Any]) -> set[str]:
    names: set[str] = set()
    for part in _parts(rules):
        for keyword in _BY_NAME & part.keys():
            names |= part[keyword].keys()
        names |= {*part.get("required", ())}
        names |= {name for others in part.get("dependentRequired", {}).values() for name in others}
    return names


def _holds(value: Any, name: str) -> bool:
    """Whether a name occurs anywhere in a value, as a member or as text."""
    if isinstance(value, Mapping):
        return name in value or any(_holds(item, name) for item in value.values())
    return any(_holds(item, name) for item in value) if isinstance(value, list) else value == name


def _renamed(rules: Any, name: str, to: str) -> Any:
    if not isinstance(rules, Mapping):
        return rules
    return {keyword: _renamed_keyword(keyword, value, name, to) for keyword, value in rules.items()}


def _renamed_keyword(keyword: str, value: Any, name: str, to: str) -> Any:
    if keyword in _ONE:
        return _renamed(value, name, to)
    if keyword in _SEVERAL:
        return [_renamed(item, name, to) for item in value]
    if keyword == "required":
        return _renamed_names(value, name, to)
    if keyword not in _BY_NAME:
        return value
    convert = _CONVERSIONS.get(keyword)
    return {to if key == name else key: convert(item, name, to) if convert else item for key, item in value.items()}


def _renamed_names(names: list[str], name: str, to: str) -> list[str]:
    return [to if item == name else item for item in names]


_CONVERSIONS: Mapping[str, Callable[[Any, str, str], Any]] = {
    "dependentRequired": _renamed_names,
    "dependentSchemas": _renamed,
}
