"""Strict JSON: parsing, serialization, and the bounds that every value must keep.

What `loads` accepts can be stored and read back with equal value and type. What cannot (duplicate keys, lone
surrogates, NaN and infinities, integers beyond 64 bit, numbers so small that they would be 0) is refused with its
location.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import orjson
from bson import Binary, Decimal128, ObjectId, Regex, Timestamp

from engine.encoding.shape import INT64, join_path
from engine.errors import FieldError, Invalid, TooLarge

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_STRINGS = re.compile(rb'(?:[^"]*+"[^"\\]*+(?:\\.[^"\\]*+)*+"){5000}+', re.DOTALL)
_LONG_INTEGER = re.compile(rb"(?<![\d.eE+-])-?\d{19,}(?![\d.eE])")
# Only a number with a long exponent or fraction can be too small for a double.
_MAYBE_TINY = re.compile(rb"[eE]-0*[1-9]\d\d|\.\d{220}")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_MAX_DIGITS = 40
_MAX_ERRORS = 100
_DUMP = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def loads(raw: bytes, *, depth: int, values: int | None = None) -> Any:
    """Return the value of one JSON text; raises `Invalid`, or `TooLarge` past a cap.

    `values` is the most values that it may have, counted before any of them is made.
    """
    if values is not None:
        _check_count(raw, max_values=values)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "depth" in error.msg:
            raise TooLarge(_depth_text(depth)) from error
        raise Invalid(f"The JSON is not valid: {error}.") from error
    if _is_complete(raw, value):
        _check_depth(raw, value, cap=depth)
        return value
    skeleton = _skeleton(raw)
    if skeleton.count(b":") != _count_keys(value, cap=depth) or _has_lost_numbers(skeleton):
        parsed = json.loads(raw, object_pairs_hook=_Members, parse_int=_Integer, parse_float=_Float)
        errors = [*islice(_lost(parsed, ""), _MAX_ERRORS)]
        raise Invalid(errors[0].message, errors=errors)
    return value


def _is_complete(raw: bytes, value: Any) -> bool:
    """Return whether the value's own JSON is the text that it was read from, so that it has lost nothing.

    Spaces after colons and commas do not count, wherever they are: without them a repeated key is still repeated,
    and a number is still written as it was. Most texts are such; for others `False` says nothing.
    """
    try:
        text = orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER)
    except orjson.JSONEncodeError:  # an integer beyond 53 bits, which may be beyond 64, or deep nesting
        return False
    return text == raw or text == raw.replace(b": ", b":").replace(b", ", b",")


def _check_depth(raw: bytes, value: Any, *, cap: int) -> None:
    """Raise `TooLarge` for nesting past the cap."""
    if raw.count(b"{") + raw.count(b"[") > cap:
        _count_keys(value, cap=cap)


def _check_count(raw: bytes, *, max_values: int) -> None:
    """Refuse a text with more values than `max_values`: an upper bound first, then a count outside of strings."""
    if _separators(raw) <= max_values:
        return
    # A text of `max_values` values has as many strings at most, and as many names.
    strings = (raw.count(b'"') - raw.count(b'\\"')) // 2
    if strings > 2 * max_values or _separators(_skeleton(raw)) > max_values:
        raise TooLarge(f"The JSON has more than {max_values} values (MAX_BODY_VALUES).")


def _skeleton(raw: bytes) -> bytes:
    """Return the text without its strings, in batches: each step holds the interpreter lock."""
    pieces, start = [], 0
    while some := _STRINGS.match(raw, start):
        pieces.append(_STRING.sub(b"", some[0]))
        start = some.end()
    return b"".join([*pieces, _STRING.sub(b"", raw[start:])])


def _separators(text: bytes) -> int:
    """Return the number of values, without the first of each array or object, plus all arrays and objects."""
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def dumps(value: Any) -> bytes:
    """Serialize to strict JSON. Ids become hex, dates ISO 8601 in UTC, binary base64, decimals text
    (docs/types.md).
    """
    return orjson.dumps(value, default=_plain, option=_DUMP)


def plain(value: Any) -> Any:
    """Convert a value to JSON's own types."""
    return orjson.loads(dumps(value))


def iso_timestamp(value: datetime) -> str:
    """Return an instant as ISO 8601 text in UTC, always with three digits of milliseconds; naive values are UTC."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.isoformat("T", "milliseconds") + "Z"


def _plain(value: Any) -> Any:
    # At first what every document has, without calls.
    if type(value) is datetime and value.tzinfo is None:
        return value.isoformat("T", "milliseconds") + "Z"
    if type(value) is ObjectId:
        return value.binary.hex()
    if isinstance(value, datetime):
        return iso_timestamp(value)
    match value:
        case date():
            return value.isoformat()
        case ObjectId() | Decimal128():
            return str(value)
        case Binary() | bytes():
            return base64.b64encode(value).decode()
        case Regex():
            return {"pattern": value.pattern} | ({"options": options(value)} if value.flags else {})
        case Timestamp():
            return iso_timestamp(value.as_datetime()) if value.inc == 0 else {"t": value.time, "i": value.inc}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def options(regex: Regex[Any]) -> str:
    """Return a regular expression's flags as MongoDB's letters."""
    letters = {
        re.IGNORECASE: "i",
        re.LOCALE: "l",
        re.MULTILINE: "m",
        re.DOTALL: "s",
        re.UNICODE: "u",
        re.VERBOSE: "x",
    }
    return "".join(letter for flag, letter in letters.items() if regex.flags & flag)


def _has_lost_numbers(skeleton: bytes) -> bool:
    """Return whether an integer is too long, or a number so small that a double would be 0."""
    if any(not _fits(match[0]) for match in _LONG_INTEGER.finditer(skeleton)):
        return True
    return may_vanish(skeleton) and any(vanishes(match[0]) for match in _NUMBER.finditer(skeleton))


def vanishes(number: bytes | str) -> bool:
    """Return whether a number's literal is not 0 but its double is."""
    text = number if isinstance(number, str) else number.decode()
    return float(text) == 0 and text.lower().partition("e")[0].strip("+-0._") != ""


def may_vanish(text: bytes) -> bool:
    """Return whether a text may have a number that `vanishes`: one with a long exponent or fraction."""
    return _MAYBE_TINY.search(text) is not None


def too_small(number: str) -> str:
    """Return the message of a number that `vanishes`."""
    return f"The number {number[:_MAX_DIGITS]} is too small: it would be stored as 0."


def _fits(digits: bytes | str) -> bool:
    return len(digits) <= _MAX_DIGITS and int(digits) in INT64


def _count_keys(value: Any, *, cap: int) -> int:
    """Count the keys of all objects in `value`. Raises `TooLarge` for nesting past the cap."""
    keys, depth = 0, 0
    level = [value] if type(value) is dict or type(value) is list else []
    while level:
        depth += 1
        if depth > cap:
            raise TooLarge(_depth_text(cap))
        keys += sum([len(item) for item in level if type(item) is dict])
        level = [
            child
            for item in level
            for child in (item.values() if type(item) is dict else item)
            if type(child) is dict or type(child) is list
        ]
    return keys


def _depth_text(depth: int) -> str:
    return f"The JSON is nested deeper than {depth} levels (MAX_DEPTH)."


class _Members(dict[str, Any]):
    """An object with its repeated keys."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        seen: set[str] = set()
        self.twice: list[str] = []
        for key, _ in pairs:
            if key in seen:
                self.twice.append(key)
            seen.add(key)


class _Integer(str):
    """An integer by its digits."""


class _Float(str):
    """A number with a fraction or an exponent by its digits."""


def _lost(value: Any, path: str) -> Iterator[FieldError]:
    """Report what a JSON text would lose: repeated keys, integers too long, numbers too small."""
    if isinstance(value, _Members):
        for key in dict.fromkeys(value.twice):
            yield FieldError(join_path(path, key), f"The JSON names a key twice in one object: {key!r}.")
    elif isinstance(value, _Integer) and not _fits(value):
        yield FieldError(path, f"The integer {value[:_MAX_DIGITS]} does not fit in 64 bits.")
    elif isinstance(value, _Float) and vanishes(value):
        yield FieldError(path, too_small(value))
    for name, child in (
        value.items() if isinstance(value, dict) else enumerate(value if type(value) is list else ())
    ):
        yield from _lost(child, join_path(path, name))
