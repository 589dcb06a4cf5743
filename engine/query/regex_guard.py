"""Conditions that make MongoDB report a regular expression that it gave up on, instead of "no match".

MongoDB bounds the recursion and the backtracking of each match. A query's `$regex` counts a match beyond these
bounds as no match; the expression `$regexMatch` fails. So a pattern that may exceed them is evaluated by both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# Parts of a pattern that take a known number of steps; the others, such as `(?R)` and `\Q`, are left out.
_PART = re.compile(
    r"(?P<class>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])"
    r"|(?P<flags>\(\?[imsx-]+\))|(?P<open>\((?:\?(?:[:=!]|<[=!]|[imsx-]+:|P?<\w+>)|(?![?*])))"
    r"|(?P<close>\))|(?P<either>\|)"
    r"|(?P<repeat>[*+]|\{\d*,?\d*\})(?P<mode>[+?]?)|(?P<maybe>\?[+?]?)"
    r"|(?P<single>\\[^Qg]|[^\\?()\[])",
    re.DOTALL,
)
_RANGE = re.compile(r"\{(\d+)(?:,(\d+))?\}")
_PREFIX = re.compile(r"\^((?:[\w ,:;/@%&=<>~'\"!-](?![*?+{]))+)", re.ASCII)
_MAX_STEPS = 50_000
_MAX_PATTERN = 2_000
# No truth value equals it: a comparison that MongoDB must evaluate, and whose result is known.
_NEITHER = 2


@dataclass(frozen=True)
class RegexUse:
    """A pattern matched with the values at `path`."""

    path: str
    pattern: str
    options: str

    @property
    def never(self) -> dict[str, Any]:
        """Return a filter that no document matches, or an error where MongoDB gives up on the pattern."""
        check: dict[str, Any] = {"$expr": {"$eq": [self._matches(), _NEITHER]}}
        prefix = _PREFIX.match(self.pattern)
        if not prefix or self.options or "|" in self.pattern:
            return check
        # What the pattern begins with excludes most documents, and is found by an index.
        return {"$and": [{self.path: {"$regex": prefix[0]}}, check]}

    @property
    def always(self) -> dict[str, Any]:
        """Return a filter that each document matches, or an error where MongoDB gives up on the pattern."""
        return {"$expr": {"$ne": [self._matches(), _NEITHER]}}

    def _matches(self) -> dict[str, Any]:
        first, *names = self.path.split(".")
        return _any_match(f"${first}", names, {"regex": self.pattern, "options": self.options})


def may_exceed_limits(pattern: str) -> bool:
    """Return whether the steps of a match depend on the text: something repeated, and not at the end."""
    if len(pattern) > _MAX_PATTERN:
        return True
    steps, end, previous = len(pattern), 0, ""
    alternatives = [1]
    for part in _PART.finditer(pattern):
        if part.start() != end:
            return True
        kind, end = part.lastgroup, part.end()
        if part["repeat"]:
            steps *= _steps(part, previous, last=end == len(pattern))
        elif part["maybe"]:
            steps *= 2
        elif part["open"]:
            alternatives.append(1)
        elif part["either"]:
            alternatives[-1] += 1
        elif part["close"] and len(alternatives) > 1:
            steps *= alternatives.pop()
        if steps > _MAX_STEPS:
            return True
        previous = kind or ""
    return end != len(pattern)


def guarded(condition: dict[str, Any], uses: list[RegexUse], *, negated: bool) -> dict[str, Any]:
    """Return a filter equal to `condition`, but for an error where MongoDB gives up on one of its patterns."""
    if negated:  # a match that was missed may also be why the condition holds
        condition = {"$and": [condition, *(use.always for use in uses)]}
    return {"$or": [condition, *(use.never for use in uses)]}


def _steps(part: re.Match[str], previous: str, *, last: bool) -> int:
    """Return the factor by which a repetition multiplies the steps of a match."""
    if previous not in ("single", "class"):
        return _MAX_STEPS
    if last or part["mode"] == "+":
        return 1
    bounds = _RANGE.fullmatch(part["repeat"])
    if not bounds:
        return _MAX_STEPS
    return int(bounds[2] or bounds[1]) - int(bounds[1]) + 1


def _any_match(value: str, names: list[str], regex: dict[str, str]) -> dict[str, Any]:
    """Return an expression: whether a text matches at the path `names` inside `value`, through arrays as a
    filter.
    """
    if not names:
        is_match = {"$regexMatch": {"input": "$$e", **regex}}
        condition = {"$and": [{"$eq": [{"$type": "$$e"}, "string"]}, is_match]}
        return {"$anyElementTrue": [{"$map": {"input": _as_array(value), "as": "e", "in": condition}}]}
    name, *rest = names
    condition = _any_match("$$e", rest, regex)
    return {"$anyElementTrue": [{"$map": {"input": _members(value, name), "as": "e", "in": condition}}]}


def _members(value: str, name: str) -> dict[str, Any]:
    """Return what `name` leads to from a value: members of an object or of the objects in an array, or an
    element.
    """
    is_object = {"$eq": [{"$type": "$$o"}, "object"]}
    objects = {"$filter": {"input": _as_array(value), "as": "o", "cond": is_object}}
    members = {"$map": {"input": objects, "as": "o", "in": {"$getField": {"field": name, "input": "$$o"}}}}
    if not name.isdecimal():
        return members
    element = {"$cond": [{"$isArray": [value]}, {"$slice": [value, int(name), 1]}, []]}
    return {"$concatArrays": [members, element]}


def _as_array(value: str) -> dict[str, Any]:
    return {"$cond": [{"$isArray": [value]}, value, [value]]}
