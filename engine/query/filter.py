"""Filters: compiled from an allow-list of operators and coerced to the schema's types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.encoding.shape import path_error
from engine.errors import FieldError, invalid
from engine.limits import Limits
from engine.query.expressions import ExpressionChecker, size_of
from engine.query.extended_json import is_literal, with_literals
from engine.query.filter_operands import FilterOperands
from engine.query.pipeline_shape import types_of_schema
from engine.query.regex_guard import RegexUse, guarded, may_exceed_limits
from engine.schema.schema import Schema

_LOGICAL = ("$and", "$or", "$nor")
_COMPARISONS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")
_NEGATIONS = {"$not", "$nor"}
_LISTS = ("$in", "$nin", "$all")
_TEXT_SEARCH: Mapping[str, type] = {
    "$search": str,
    "$language": str,
    "$caseSensitive": bool,
    "$diacriticSensitive": bool,
}
_NEARNESS = (
    "Sorts by distance: allowed once, at the top level of the filter of a query. Elsewhere $geoWithin with "
    "$centerSphere finds what is near, and in pipelines $geoNear does."
)
UNCHECKED_PATTERN = (
    "This regular expression may reach MongoDB's limits of recursion or backtracking, which cannot be detected for "
    "elements of arrays. Write it without repeated groups."
)


def compile_filter(raw: Any, schema: Schema, *, root: str, limits: Limits) -> dict[str, Any]:
    """Compile a filter for MongoDB. Raises `Invalid` with every error, or `TooLarge` past a cap."""
    compiler = _Compiler(schema, limits=limits)
    compiled = compiler.query(raw, root, depth=1)
    if compiler.errors:
        raise invalid(compiler.errors)
    return compiled


def compile_condition(
    raw: Any, schema: Schema, *, path: str, root: str, limits: Limits
) -> tuple[Any, list[RegexUse]]:
    """Compile the condition on the elements of the array at `path`: a value, operators, or a filter of objects.

    Also returns its regular expressions that MongoDB may give up on.
    """
    compiler = _Compiler(schema, limits=limits)
    compiled = compiler.element(raw, root, path=path)
    if compiler.errors:
        raise invalid(compiler.errors)
    return compiled, compiler.regex_uses


def compile_array_filters(
    raw: Sequence[Any], arrays: Sequence[tuple[str, str]], schema: Schema, *, root: str, limits: Limits
) -> list[dict[str, Any]]:
    """Return the array filters of an update as MongoDB gets them.

    `arrays` has for each its name and the path of the array of whose elements it is; all share the cap on parts.
    """
    compiler = _Compiler(schema, limits=limits)
    compiled = []
    for index, (item, element_of) in enumerate(zip(raw, arrays, strict=True)):
        compiler.element_of, compiler.regex_uses = element_of, []
        compiled.append(compiler.query(item, f"{root}.{index}", depth=1))
        if compiler.regex_uses:
            compiler.errors.append(FieldError(f"{root}.{index}", UNCHECKED_PATTERN))
    if compiler.errors:
        raise invalid(compiler.errors)
    return compiled


class _Compiler(FilterOperands):
    """Compiles one filter and collects its errors. Nothing outside the allow-list comes out of it."""

    def query(self, raw: Any, location: str, *, depth: int, prefix: str = "") -> dict[str, Any]:
        """Compile a query document: field conditions and `$and`, `$or`, `$nor`."""
        if not isinstance(raw, Mapping):
            self._error(location, "Must be a JSON object.")
            return {}
        self._enter(location, depth, len(raw))
        compiled: dict[str, Any] = {}
        checked: list[dict[str, Any]] = []
        for key, value in raw.items():
            here = f"{location}.{key}"
            if key in _LOGICAL:
                compiled[key] = self._branches(value, here, depth=depth + 1, prefix=prefix)
            elif key == "$expr" and not prefix and not self.element_of:
                compiled[key] = self._expression(value, here, depth=depth + 1)
            elif key == "$text" and depth == 1 and not prefix and not self.element_of:
                compiled[key] = self._text_search(value, here)
            elif key.startswith("$"):
                self._error(here, f"The operator {key} is not allowed here.")
            elif text := path_error(key, limits=self.limits):
                self._error(here, text)
            else:
                condition = self._condition(value, here, path=self._path(prefix, key), depth=depth + 1)
                if self.regex_uses and not prefix and not self.element_of:
                    negated = _mentions(value, _NEGATIONS)
                    checked.append(guarded({key: condition}, self.regex_uses, negated=negated))
                    self.regex_uses = []
                else:
                    compiled[key] = condition
        return {**compiled, "$and": [*compiled.get("$and", []), *checked]} if checked else compiled

    def _path(self, prefix: str, key: str) -> str:
        """Return the path of a member from the document down."""
        if prefix or not self.element_of:
            return prefix + key
        name, array = self.element_of
        return array + key.removeprefix(name)

    def element(self, raw: Any, location: str, *, path: str) -> Any:
        if type(raw) is dict and raw:
            return self._element(raw, location, path=path, depth=1)
        return self._literal(raw, location, path=path)

    def _expression(self, raw: Any, location: str, *, depth: int) -> Any:
        checker = ExpressionChecker(limits=self.limits, types=types_of_schema(self.schema))
        checker.expression(raw, location, depth=depth)
        self.errors += checker.errors
        self._enter(location, depth, size_of(raw))
        return raw if checker.errors else with_literals(raw)

    def _text_search(self, raw: Any, location: str) -> Any:
        if type(raw) is not dict or type(raw.get("$search")) is not str:
            self._error(location, "Must be an object with the text to look for in $search.")
            return {}
        if len(raw["$search"]) > self.limits.regex_length:
            text = f"Is longer than {self.limits.regex_length} characters (MAX_REGEX_LENGTH)."
            self._error(f"{location}.$search", text)
        for name, value in raw.items():
            if name not in _TEXT_SEARCH:
                self._error(f"{location}.{name}", f"Is not one of {', '.join(_TEXT_SEARCH)}.")
            elif type(value) is not _TEXT_SEARCH[name]:
                self._error(
                    f"{location}.{name}", f"Must be {'text' if _TEXT_SEARCH[name] is str else 'true or false'}."
                )
        return raw

    def _branches(self, raw: Any, location: str, *, depth: int, prefix: str) -> list[dict[str, Any]]:
        if type(raw) is not list or not raw:
            self._error(location, "Must be an array of at least one filter.")
            return []
        self._enter(location, depth, len(raw))
        return [
            self.query(item, f"{location}.{index}", depth=depth + 1, prefix=prefix)
            for index, item in enumerate(raw)
        ]

    def _condition(self, raw: Any, location: str, *, path: str, depth: int) -> Any:
        if type(raw) is dict and any(key.startswith("$") for key in raw) and not is_literal(raw):
            return self._operators(raw, location, path=path, depth=depth)
        return self._literal(raw, location, path=path)

    def _operators(self, raw: dict[str, Any], location: str, *, path: str, depth: int) -> dict[str, Any]:
        self._enter(location, depth, len(raw))
        compiled = {}
        for name, operand in raw.items():
            here = f"{location}.{name}"
            compile_operand = _OPERATORS.get(name)
            if name in ("$near", "$nearSphere"):
                self._error(here, _NEARNESS)
            elif compile_operand is None:
                self._error(here, f"The operator {name} is not allowed here.")
            else:
                compiled[name] = compile_operand(self, operand, here, path=path, depth=depth + 1)
        pattern, options = raw.get("$regex"), raw.get("$options", "")
        if "$options" in raw and "$regex" not in raw:
            self._error(f"{location}.$options", "Goes only with $regex.")
        elif type(pattern) is str and type(options) is str and may_exceed_limits(pattern):
            self.regex_uses.append(RegexUse(path, pattern, options))
        return compiled

    def _negated(self, raw: Any, location: str, *, path: str, depth: int) -> Any:
        if type(raw) is not dict or not raw or not all(key.startswith("$") for key in raw):
            self._error(location, "Must be an object of operators.")
            return {}
        return self._operators(raw, location, path=path, depth=depth)

    def _element(self, raw: Any, location: str, *, path: str, depth: int) -> Any:
        if type(raw) is not dict or not raw:
            self._error(location, "Must be an object of conditions.")
            return {}
        if all(key.startswith("$") and key not in _LOGICAL for key in raw):
            return self._operators(raw, location, path=path, depth=depth)
        return self.query(raw, location, depth=depth, prefix=f"{path}.")


_OPERATORS: Mapping[str, Callable[..., Any]] = {
    **dict.fromkeys(_COMPARISONS, _Compiler._literal),
    **dict.fromkeys(_LISTS, _Compiler._list),
    "$not": _Compiler._negated,
    "$elemMatch": _Compiler._element,
    "$exists": _Compiler._boolean,
    "$size": _Compiler._size,
    "$mod": _Compiler._modulo,
    "$type": _Compiler._type,
    "$regex": _Compiler._regex,
    "$options": _Compiler._regex_options,
    "$geoWithin": _Compiler._within,
    "$geoIntersects": _Compiler._intersects,
    **dict.fromkeys(("$bitsAllSet", "$bitsAllClear", "$bitsAnySet", "$bitsAnyClear"), _Compiler._bits),
}
OPERATORS = (*_LOGICAL, "$expr", "$text", *_OPERATORS)


def _mentions(value: Any, names: set[str]) -> bool:
    """Return whether an object in `value` has a member of one of these names."""
    if type(value) is list:
        return any(_mentions(item, names) for item in value)
    return type(value) is dict and (
        not names.isdisjoint(value) or any(_mentions(item, names) for item in value.values())
    )
