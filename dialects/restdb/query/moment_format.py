"""Formatting of dates with the format strings of moment.js, in English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

_UNITS_FROM_COARSE = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond")


def _ordinal(number: int) -> str:
    last = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"


def _weekday(timestamp: datetime) -> int:
    """Return the day of a week that begins on Sunday with 0."""
    return timestamp.isoweekday() % 7


def _hour(timestamp: datetime) -> int:
    return timestamp.hour % 12 or 12


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_TOKENS: Mapping[str, tuple[str, Callable[[datetime], str]]] = {
    "YYYY": ("year", lambda at: f"{at.year:04}"),
    "YY": ("year", lambda at: f"{at.year % 100:02}"),
    "Y": ("year", lambda at: str(at.year)),
    "Q": ("quarter", lambda at: str((at.month + 2) // 3)),
    "MMMM": ("month", lambda at: _MONTHS[at.month - 1]),
    "MMM": ("month", lambda at: _MONTHS[at.month - 1][:3]),
    "MM": ("month", lambda at: f"{at.month:02}"),
    "M": ("month", lambda at: str(at.month)),
    "GGGG": ("week", lambda at: f"{at.isocalendar().year:04}"),
    "WW": ("week", lambda at: f"{at.isocalendar().week:02}"),
    "W": ("week", lambda at: str(at.isocalendar().week)),
    "DDDD": ("day", lambda at: f"{at.timetuple().tm_yday:03}"),
    "DDD": ("day", lambda at: str(at.timetuple().tm_yday)),
    "DD": ("day", lambda at: f"{at.day:02}"),
    "Do": ("day", lambda at: _ordinal(at.day)),
    "D": ("day", lambda at: str(at.day)),
    "dddd": ("day", lambda at: _DAYS[_weekday(at)]),
    "ddd": ("day", lambda at: _DAYS[_weekday(at)][:3]),
    "dd": ("day", lambda at: _DAYS[_weekday(at)][:2]),
    "d": ("day", lambda at: str(_weekday(at))),
    "E": ("day", lambda at: str(at.isoweekday())),
    "HH": ("hour", lambda at: f"{at.hour:02}"),
    "H": ("hour", lambda at: str(at.hour)),
    "hh": ("hour", lambda at: f"{_hour(at):02}"),
    "h": ("hour", lambda at: str(_hour(at))),
    "A": ("hour", lambda at: "AM" if at.hour < 12 else "PM"),
    "a": ("hour", lambda at: "am" if at.hour < 12 else "pm"),
    "mm": ("minute", lambda at: f"{at.minute:02}"),
    "m": ("minute", lambda at: str(at.minute)),
    "ss": ("second", lambda at: f"{at.second:02}"),
    "s": ("second", lambda at: str(at.second)),
    "SSS": ("millisecond", lambda at: f"{at.microsecond // 1000:03}"),
    "Z": ("year", lambda at: at.isoformat()[-6:] if at.tzinfo else "+00:00"),
}
UNITS = tuple(_TOKENS)
# Text in brackets is literal.
_PARTS = re.compile(r"\[([^\[\]]*)\]|" + "|".join(sorted(_TOKENS, key=len, reverse=True)) + "|(.)", re.DOTALL)


def format_datetime(timestamp: datetime, format: str) -> str:
    """Format a time as moment.js does in English."""
    return _PARTS.sub(lambda match: _part(match, timestamp), format)


def finest_unit(format: str) -> str | None:
    """Return the finest unit of time in a format; None without a unit or with unknown letters."""
    units = []
    for match in _PARTS.finditer(format):
        token = match[0]
        if token in _TOKENS:
            units.append(_TOKENS[token][0])
        elif match[2] and match[2].isalpha():
            return None
    # A week may span two months or years, so a format with both needs groups of days.
    if "week" in units and {"year", "quarter", "month"} & set(units):
        units.append("day")
    return max(units, key=_UNITS_FROM_COARSE.index, default=None)


def _part(match: re.Match[str], timestamp: datetime) -> str:
    token = match[0]
    if token in _TOKENS:
        return _TOKENS[token][1](timestamp)
    return match[1] if match[1] is not None else token
