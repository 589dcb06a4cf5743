"""What is grouped by and reckoned: `$YEAR:field`, `SUM:field` and their like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from zoneinfo import available_timezones

import engine
from dialects.restdb.query.moment_format import UNITS, finest
from dialects.restdb.system_fields import stored

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
    """A field whose values make groups; with `format` a date in `timezone`, whose groups differ in `unit`."""

    path: str
    format: str = ""
    unit: str = ""
    timezone: str = UTC


@dataclass(frozen=True)
class Measure:
    """A figure of each group; `label` is its name in the answer."""

    function: str
    path: str
    label: str


def groups(specs: tuple[str, ...], *, timezone: str = "") -> tuple[Group, ...]:
    """Raises `Invalid` with every fault; `timezone` is an IANA name, UTC where it is empty."""
    faults: list[engine.FieldError] = []
    if timezone and timezone not in _timezones():
        faults.append(engine.FieldError("timezone", "Must be the name of a time zone, such as Europe/Berlin."))
    found = []
    for spec in specs:
        group, text = _group(spec)
        found.append(replace(group, timezone=timezone or UTC))
        if text:
            faults.append(engine.FieldError("groupby", text))
    if faults:
        raise engine.invalid(faults)
    return tuple(found)


def measures(specs: tuple[str, ...]) -> tuple[Measure, ...]:
    """Raises `Invalid` with every fault."""
    faults: list[engine.FieldError] = []
    found = []
    for spec in specs:
        function, colon, name = spec.partition(":")
        if function not in FUNCTIONS or not colon or (not name and function != "COUNT"):
            text = f"{spec!r} is no aggregation; they are {', '.join(f'{item}:field' for item in FUNCTIONS)}."
            faults.append(engine.FieldError("aggregate", text))
        found.append(Measure(function, stored(name), f"{function} {name}"))
    if faults:
        raise engine.invalid(faults)
    return tuple(found)


def _group(spec: str) -> tuple[Group, str]:
    if not spec.startswith("$"):
        return Group(stored(spec)), ""
    # A format may hold colons, a field cannot.
    word, _, path = spec.rpartition(":")
    format = word.removeprefix(_DATE) if word.startswith(_DATE) else _PARTS.get(word, "")
    if not format or not path:
        known = ", ".join(f"{name}:field" for name in (*_PARTS, f"{_DATE}<format>"))
        return Group(""), f"{spec!r} is no group; there are {known}."
    unit = finest(format)
    if unit is None:
        return Group(""), f"{format!r} is no format of a date; its letters are {', '.join(UNITS)}."
    return Group(stored(path), format, unit), ""
