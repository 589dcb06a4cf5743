"""The errors of a document against a JSON Schema, found one after the other.

The validator collects the errors of all values, each with those of all alternatives, before it returns the first.
Here the validator judges one value at a time, and only failing ones are examined further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import jsonschema_rs

from engine.encoding.json import dumps
from engine.errors import Code, Message

# Path and message.
Error = tuple[tuple[str | int, ...], Message]
_CODES = {
    "required": Code.REQUIRED,
    "dependentRequired": Code.REQUIRED,
    "type": Code.TYPE,
    **dict.fromkeys(("pattern", "format"), Code.REGEX),
    **dict.fromkeys(("enum", "const"), Code.ENUM),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), Code.MIN),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), Code.MAX),
    **dict.fromkeys(("additionalProperties", "unevaluatedProperties"), Code.UNKNOWN),
}


class Compile(Protocol):
    """Return the validator of a part of a schema, or of one keyword of it with what its verdict depends on."""

    def __call__(self, schema: Any, keyword: str = "") -> jsonschema_rs.Draft202012Validator: ...


_ONE = {
    *("additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems", "contains", "propertyNames"),
    *("not", "if", "then", "else"),
}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_NAMED = {"properties", "patternProperties", "dependentSchemas", "dependencies"}
# A keyword's verdict depends on these beside it.
_COMPANIONS = {"contains": ("minContains", "maxContains")}


def expand(schema: Any, resolve: Callable[[str], Any]) -> Any:
    """Return the schema with each reference replaced by its target, so that each part stands alone."""
    if type(schema) is not dict:
        return schema
    expanded: dict[str, Any] = {}
    for keyword, operand in schema.items():
        if keyword in _ONE:
            expanded[keyword] = expand(operand, resolve)
        elif keyword in _LISTS and type(operand) is list:
            expanded[keyword] = [expand(item, resolve) for item in operand]
        elif keyword in _NAMED and type(operand) is dict:
            expanded[keyword] = {name: expand(item, resolve) for name, item in operand.items()}
        elif keyword not in ("$ref", "$defs", "definitions", "$schema"):
            expanded[keyword] = operand
    if "$ref" in schema:
        expanded["allOf"] = [*expanded.get("allOf", ()), expand(resolve(schema["$ref"]), resolve)]
    return expanded


def iterate_errors(schema: Any, value: Any, compiled: Compile, path: tuple[str | int, ...] = ()) -> Iterator[Error]:
    """Yield the errors of a value against an expanded schema."""
    if compiled(schema).is_valid(value):
        return
    if type(schema) is not dict:
        yield path, Message(f"False schema does not allow {_text(value)}", Code.SCHEMA)
        return
    for keyword in schema:
        children = _children(keyword, schema, value, compiled)
        if children is None:
            code = _CODES.get(keyword, Code.SCHEMA)
            yield from ((path, Message(text, code)) for text in _messages(keyword, schema, value, compiled))
            continue
        for names, child, item in children:
            yield from iterate_errors(child, item, compiled, (*path, *names))


Child = tuple[tuple[str | int, ...], Any, Any]


def _children(
    keyword: str, schema: Mapping[str, Any], value: Any, compiled: Compile
) -> list[Child] | Iterator[Child] | None:
    """Return the parts of a value that a keyword's schemas apply to, or None if it judges the value itself."""
    operand = schema[keyword]
    match keyword:
        case "allOf":
            return [((), item, value) for item in operand]
        case "if":
            branch = "then" if compiled(operand).is_valid(value) else "else"
            return [((), schema[branch], value)] if branch in schema else []
        case "then" | "else":
            return []
        case "items" | "prefixItems":
            return _elements(keyword, schema, value)
        case "properties" | "patternProperties" | "dependentSchemas" | "dependencies":
            return _members(keyword, operand, value, compiled)
        case "propertyNames":
            return [((), operand, name) for name in value] if type(value) is dict else []
        case "additionalProperties" if operand is not False:
            return _additional(schema, value, compiled)
    return None


def _elements(keyword: str, schema: Mapping[str, Any], value: Any) -> list[Child] | Iterator[Child]:
    if type(value) is not list:
        return []
    prefix = schema.get("prefixItems", [])
    if keyword == "prefixItems":
        return [((number,), item, value[number]) for number, item in enumerate(prefix[: len(value)])]
    return (((number,), schema["items"], value[number]) for number in range(len(prefix), len(value)))


def _members(keyword: str, operand: Mapping[str, Any], value: Any, compiled: Compile) -> Iterator[Child]:
    if type(value) is not dict:
        return
    for name, item in operand.items():
        if keyword == "patternProperties":
            matches = compiled(_pattern(name)).is_valid
            yield from (((member,), item, value[member]) for member in value if matches(member))
        elif keyword == "properties" and name in value:
            yield (name,), item, value[name]
        elif keyword != "properties" and name in value:
            yield (), ({"required": item} if type(item) is list else item), value


def _additional(schema: Mapping[str, Any], value: Any, compiled: Compile) -> Iterator[Child]:
    if type(value) is not dict:
        return
    known = schema.get("properties", {})
    patterns = [compiled(_pattern(pattern)).is_valid for pattern in schema.get("patternProperties", {})]
    for name in value:
        if name not in known and not any(matches(name) for matches in patterns):
            yield (name,), schema["additionalProperties"], value[name]


def _messages(keyword: str, schema: Mapping[str, Any], value: Any, compiled: Compile) -> Iterator[str]:
    """Yield the errors of one keyword that judges the value itself."""
    operand = schema[keyword]
    if keyword == "required" and type(value) is dict:
        yield from (f"{_text(name)} is a required property" for name in operand if name not in value)
        return
    if keyword == "dependentRequired" and type(value) is dict:
        names = dict.fromkeys(name for trigger in operand if trigger in value for name in operand[trigger])
        yield from (f"{_text(name)} is a required property" for name in names if name not in value)
        return
    if keyword.startswith("unevaluated"):
        # Its own verdict depends on all other keywords, whose errors come first.
        if compiled(schema, f"-{keyword}").is_valid(value):
            yield _first_message(compiled(schema), value)
        return
    alone = compiled(schema, keyword)
    if not alone.is_valid(value):
        yield _composed(keyword, operand, value, compiled) or _first_message(alone, value)


def only(schema: Mapping[str, Any], keyword: str) -> dict[str, Any]:
    """Return a schema of one keyword and of what its verdict depends on; with `-` before it, of all others."""
    if keyword.startswith("-"):
        return {name: operand for name, operand in schema.items() if name != keyword[1:]}
    if keyword == "additionalProperties":
        known = (name for name in ("properties", "patternProperties") if name in schema)
        return {keyword: schema[keyword]} | {name: dict.fromkeys(schema[name], True) for name in known}
    return {name: schema[name] for name in (keyword, *_COMPANIONS.get(keyword, ())) if name in schema}


def _composed(keyword: str, operand: Any, value: Any, compiled: Compile) -> str:
    """Return the message of a keyword with alternatives, or an empty text. Its own error would hold those
    of each.
    """
    match keyword:
        case "anyOf":
            return f"{_text(value)} is not valid under any of the schemas listed in the 'anyOf' keyword"
        case "oneOf":
            several = any(compiled(item).is_valid(value) for item in operand)
            count = "is valid under more than one" if several else "is not valid under any"
            return f"{_text(value)} {count} of the schemas listed in the 'oneOf' keyword"
        case "not":
            return f"{_text(operand)} is not allowed for {_text(value)}"
    return ""


def _first_message(validator: jsonschema_rs.Draft202012Validator, value: Any) -> str:
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        return error.message
    return ""


def _pattern(pattern: str) -> dict[str, str]:
    return {"pattern": pattern}


def _text(value: Any) -> str:
    return dumps(value).decode()
