"""Parsing of groups and aggregations: `$YEAR:field`, `SUM:field` and the like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from zoneinfo import available_timezones

import engine
from dialects.restdb.query.moment_format import UNITS, finest_unit
from dialects.restdb.system_fields import stored
from engine.errors import invalid

FUNCTIONS = ("SUM", "AVG", "MIN", "MAX", "COUNT")
_PARTS: Mapping[str, str] = {
    "$YEAR": "YYYY",
    "$MONTH": "MM",
    "$DAY": "DD",
    "$HOUR": "HH",
    "$MIN": "mm",
    "$SEC": "ss",
}
_DATE = "$DATE."
UTC = "UTC"


@cache
def _timezones() -> set[str]:
    return available_timezones()


@dataclass(frozen=True)
class Group:
    """A field to group by.

    With `format` its dates are formatted in `timezone`; `unit` is the finest unit of the format.
    """

    path: str
    format: str = ""
    unit: str = ""
    timezone: str = UTC


@dataclass(frozen=True)
class Metric:
    """An aggregated value of each group; `label` is its name in the answer."""

    function: str
    path: str
    label: str


def groups(specs: tuple[str, ...], *, timezone: str = "") -> tuple[Group, ...]:
    """Parse groups; `timezone` is an IANA name, empty for UTC. Raises `Invalid` with all errors."""
    errors: list[engine.FieldError] = []
    if timezone and timezone not in _timezones():
        errors.append(engine.FieldError("timezone", "Must be the name of a time zone, such as Europe/Berlin."))
    parsed = []
    for spec in specs:
        group, text = _group(spec)
        parsed.append(replace(group, timezone=timezone or UTC))
        if text:
            errors.append(engine.FieldError("groupby", text))
    if errors:
        raise invalid(errors)
    return tuple(parsed)


def metrics(specs: tuple[str, ...]) -> tuple[Metric, ...]:
    """Parse aggregations; raises `Invalid` with all errors."""
    errors: list[engine.FieldError] = []
    parsed = []
    for spec in specs:
        function, colon, name = spec.partition(":")
        if function not in FUNCTIONS or not colon or (not name and function != "COUNT"):
            text = f"Unknown aggregation {spec!r}. Use one of {', '.join(f'{item}:field' for item in FUNCTIONS)}."
            errors.append(engine.FieldError("aggregate", text))
        parsed.append(Metric(function, stored(name), f"{function} {name}"))
    if errors:
        raise invalid(errors)
    return tuple(parsed)


def _group(spec: str) -> tuple[Group, str]:
    if not spec.startswith("$"):
        return Group(stored(spec)), ""
    # A format may hold colons, a field cannot.
    word, _, path = spec.rpartition(":")
    format = word.removeprefix(_DATE) if word.startswith(_DATE) else _PARTS.get(word, "")
    if not format or not path:
        known = ", ".join(f"{name}:field" for name in (*_PARTS, f"{_DATE}<format>"))
        return Group(""), f"Unknown group {spec!r}. Use a field or one of {known}."
    unit = finest_unit(format)
    if unit is None:
        return Group(""), f"Invalid date format {format!r}. Its tokens are {', '.join(UNITS)}."
    return Group(stored(path), format, unit), ""
