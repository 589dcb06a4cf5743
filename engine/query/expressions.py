"""Aggregation expressions from an allow-list of operators, walked to every depth."""

from __future__ import annotations

import re
from typing import Any

from engine.encoding.shape import INT64, name_error
from engine.errors import FieldError, TooLarge
from engine.limits import Limits
from engine.query.extended_json import decode_one, is_literal
from engine.query.pipeline_shape import UNTYPED, Types, types_of
from engine.schema.schema import COERCED_OPERANDS
from engine.schema.types import CoercionError

_ARITHMETIC = "abs add ceil divide exp floor ln log log10 mod multiply pow round sqrt subtract trunc"
_ARRAYS = (
    "allElementsTrue anyElementTrue arrayElemAt arrayToObject concatArrays filter first firstN in indexOfArray "
    "isArray last lastN map maxN minN objectToArray range reduce reverseArray setDifference setEquals "
    "setIntersection setIsSubset setUnion size slice sortArray zip"
)
_BOOLEANS = "and cmp cond eq gt gte ifNull lt lte ne not or switch"
_DATE = (
    "dateAdd dateDiff dateFromParts dateFromString dateSubtract dateToParts dateToString dateTrunc dayOfMonth "
    "dayOfWeek dayOfYear hour isoDayOfWeek isoWeek isoWeekYear millisecond minute month second week year"
)
_STRINGS = (
    "concat indexOfBytes indexOfCP ltrim regexFind regexFindAll regexMatch replaceAll replaceOne rtrim split "
    "strLenBytes strLenCP strcasecmp substrBytes substrCP toLower toUpper trim"
)
_TRIGONOMETRY = "acos asin atan atan2 cos degreesToRadians radiansToDegrees sin tan"
_TYPES = "convert isNumber toBool toDate toDecimal toDouble toInt toLong toObjectId toString type"
_OTHERS = "getField let literal meta mergeObjects rand setField unsetField"
_GROUPING = "addToSet avg bottom bottomN count max min push stdDevPop stdDevSamp sum top topN"
_WINDOWS = "covariancePop covarianceSamp denseRank derivative documentNumber expMovingAvg integral rank shift"


def _names(*lists: str) -> frozenset[str]:
    return frozenset(f"${name}" for names in lists for name in names.split())


DATES = _names(_DATE)
EXPRESSIONS = DATES | _names(_ARITHMETIC, _ARRAYS, _BOOLEANS, _STRINGS, _TRIGONOMETRY, _TYPES, _OTHERS)
EXPRESSIONS |= _names("avg max min stdDevPop stdDevSamp sum")
ACCUMULATORS = _names(_GROUPING, "first firstN last lastN maxN minN mergeObjects")
WINDOW_OPERATORS = ACCUMULATORS | _names(_WINDOWS, "linearFill locf")
_COMPARISONS = _names("cmp eq gt gte lt lte ne")
_WRAPPERS = {"objectid": "$oid", "reference": "$oid", "decimal128": "$numberDecimal", "binary": "$binary"}
_VARIABLES = frozenset({"ROOT", "CURRENT", "NOW", "REMOVE"})
# MongoDB sorts by no more.
MAX_SORT_FIELDS = 32
OWN_VARIABLE = re.compile(r"[a-z][A-Za-z0-9_]*")


def size_of(value: Any) -> int:
    """Count the parts of a value."""
    children = value.values() if type(value) is dict else value if type(value) is list else ()
    return 1 + sum(size_of(child) for child in children)


class ExpressionChecker:
    """Checks the expressions of one request, collects their errors, and counts their parts against the cap.

    `types` are the known types of fields.
    """

    def __init__(self, *, limits: Limits, types: Types = UNTYPED) -> None:
        self.limits = limits
        self.types = types
        self.errors: list[FieldError] = []
        self._nodes = 0

    def error(self, location: str, text: str) -> None:
        self.errors.append(FieldError(location, text))

    def enter(self, location: str, *, depth: int, nodes: int = 1) -> None:
        """Count the parts of a value before it is visited. Raises `TooLarge` past a cap."""
        self._nodes += nodes
        if depth > self.limits.depth:
            raise TooLarge.of_field(location, f"It is deeper than {self.limits.depth} levels (MAX_DEPTH).")
        if self._nodes > self.limits.query_nodes:
            text = f"It has more than {self.limits.query_nodes} parts (MAX_QUERY_NODES)."
            raise TooLarge.of_field(location, text)

    def expression(self, raw: Any, location: str, *, depth: int) -> None:
        """Check a literal, a `$path`, a `$$variable`, an operator with operands, or an object or array of these."""
        if type(raw) is str:
            self.text(raw, location)
        elif type(raw) is list:
            self.enter(location, depth=depth, nodes=len(raw))
            for index, item in enumerate(raw):
                self.expression(item, f"{location}.{index}", depth=depth + 1)
        elif type(raw) is dict:
            self._object(raw, location, depth=depth)
        elif type(raw) is int and raw not in INT64:
            self.error(location, "The integer does not fit in 64 bits.")

    def operator(self, raw: Any, location: str, *, among: frozenset[str], depth: int) -> None:
        """Check exactly one operator of `among`, with its operands."""
        if type(raw) is not dict or len(raw) != 1 or next(iter(raw)) not in among:
            name = next(iter(raw), "") if type(raw) is dict and len(raw) == 1 else ""
            known = f"The operator {name} is not allowed here." if name else "Must be an object of one operator."
            self.error(location, known)
            return
        ((name, operands),) = raw.items()
        self._operands(name, operands, f"{location}.{name}", depth=depth + 1)

    def sort_size(self, raw: Any, location: str) -> None:
        """Record an error for a sort by more fields than MongoDB takes."""
        if type(raw) is dict and len(raw) > MAX_SORT_FIELDS:
            self.error(location, f"At most {MAX_SORT_FIELDS} fields can be sorted by.")

    def text(self, raw: str, location: str) -> None:
        if raw.startswith("$$"):
            name, dot, path = raw[2:].partition(".")
            if name not in _VARIABLES and not OWN_VARIABLE.fullmatch(name):
                self.error(location, f"The variable $${name} is not allowed here.")
            elif dot:
                self.path(path, location)
        elif raw.startswith("$"):
            self.path(raw[1:], location)

    def path(self, raw: Any, location: str) -> None:
        """Check a dotted path to a field, without its `$`."""
        if type(raw) is not str or not raw or not all(raw.split(".")):
            self.error(location, "Must be the path of a field.")
        elif text := next((text for part in raw.split(".") if (text := name_error(part))), ""):
            self.error(location, text)

    def _object(self, raw: dict[str, Any], location: str, *, depth: int) -> None:
        self.enter(location, depth=depth, nodes=len(raw))
        if is_literal(raw):
            self._bson_literal(raw, location)
            return
        operators = [name for name in raw if name.startswith("$")]
        if operators:
            self.operator(raw, location, among=EXPRESSIONS, depth=depth)
            return
        for name, value in raw.items():
            if text := name_error(name):
                self.error(f"{location}.{name}", text)
            self.expression(value, f"{location}.{name}", depth=depth + 1)

    def _pattern(self, raw: Any, location: str) -> None:
        pattern = raw.get("regex") if type(raw) is dict else None
        if type(pattern) is str and len(pattern) > self.limits.regex_length:
            text = f"Is longer than {self.limits.regex_length} characters (MAX_REGEX_LENGTH)."
            self.error(f"{location}.regex", text)

    def _literal(self, raw: Any, location: str, *, depth: int) -> None:
        children = raw.values() if type(raw) is dict else raw if type(raw) is list else ()
        self.enter(location, depth=depth, nodes=len(children))
        for child in children:
            self._literal(child, location, depth=depth + 1)
        if type(raw) is int and raw not in INT64:
            self.error(location, "The integer does not fit in 64 bits.")

    def _bson_literal(self, raw: dict[str, Any], location: str) -> None:
        try:
            decode_one(raw)
        except CoercionError as error:
            self.error(location, str(error))

    def _compared(self, operands: Any, location: str) -> None:
        """Report text compared with a value of another type: the result would not depend on the text."""
        if type(operands) is not list or len(operands) != 2:
            return
        for index, (text, other) in enumerate((operands, operands[::-1])):
            kind = types_of(other, self.types).get("")
            if kind in COERCED_OPERANDS and type(text) is str and not text.startswith("$"):
                wrapper = _WRAPPERS.get(kind, "$date")
                self.error(f"{location}.{index}", f'Is compared with a {kind}; write it as {{"{wrapper}": "…"}}.')

    def _operands(self, name: str, raw: Any, location: str, *, depth: int) -> None:
        if name == "$literal":
            # MongoDB takes what stands here as it is, whatever it looks like.
            self._literal(raw, location, depth=depth)
            return
        if name == "$meta":
            if raw != "textScore":
                self.error(location, 'Must be "textScore", behind a $match with $text.')
            return
        if name in _COMPARISONS:
            self._compared(raw, location)
        if name.startswith("$regex"):
            self._pattern(raw, location)
        if type(raw) is dict and not any(key.startswith("$") for key in raw):
            # The named operands of $cond, $map, $let and their like; `vars` and `branches` nest the same way.
            self.enter(location, depth=depth, nodes=len(raw))
            self.sort_size(raw.get("sortBy"), f"{location}.sortBy")
            for key, value in raw.items():
                self.expression(value, f"{location}.{key}", depth=depth + 1)
            return
        self.expression(raw, location, depth=depth)
