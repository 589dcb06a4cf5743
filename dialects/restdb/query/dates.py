"""Values of `{"$date": …}`: an instant in one of the forms that JavaScript's `Date` reads, or a word for a time
relative to now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from engine.encoding import iso_timestamp

_START: Mapping[str, Any] = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
DYNAMIC: Mapping[str, Callable[[datetime], datetime]] = {
    "$now": lambda now: now,
    "$currentDate": lambda now: now.replace(**_START),
    "$currentMonth": lambda now: now.replace(day=1, **_START),
    "$currentYear": lambda now: now.replace(month=1, day=1, **_START),
}
_EPOCH = datetime(1970, 1, 1)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MAX_LENGTH = 100
_TIME = (
    r"(?:(?:T|,? +)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[AP]M))?)?"
    r"(?: ?(?:Z|(?:GMT|UTC)?(?P<zone>[+-]\d\d:?\d\d)|GMT|UTC)(?: \([^()]*\))?)?"
)
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?"
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_FORMS = [
    re.compile(form + _TIME, re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<year>\d{3,4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})",
        rf"{_WEEKDAY}{_MONTH} +(?P<day>\d{{1,2}}),? +(?P<year>\d{{4}})",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})[ -]{_MONTH},?[ -](?P<year>\d{{4}})",
    )
]
_UNKNOWN = (
    "Must be an ISO 8601 date, a date as JavaScript writes it, such as 2026/1/31, 1/31/2026 or 31 Jan 2026, "
    f"milliseconds since 1970, or one of {', '.join(DYNAMIC)}."
)


def parse_date(raw: Any, *, now: datetime) -> str:
    """Return ISO 8601 text, unchanged or in UTC; raises `ValueError` with the reason."""
    if type(raw) in (int, float):
        return _of_milliseconds(raw)
    if type(raw) is not str:
        raise ValueError(_UNKNOWN)
    if raw in DYNAMIC:
        return iso_timestamp(DYNAMIC[raw](now))
    try:
        datetime.fromisoformat(raw)
    except ValueError:
        return _parse_text(raw)
    return raw


def _of_milliseconds(value: float) -> str:
    try:
        return iso_timestamp(_EPOCH + timedelta(milliseconds=value))
    except (OverflowError, ValueError) as error:
        raise ValueError("The date is out of range.") from error


def _parse_text(text: str) -> str:
    """Parse a date that is not ISO 8601.

    Without a zone it is UTC; numbers alone and two-digit years are ambiguous and refused.
    """
    trimmed = text.strip()
    forms = _FORMS if len(text) <= _MAX_LENGTH else []
    parts = next((match for form in forms if (match := form.fullmatch(trimmed))), None)
    if parts is None:
        raise ValueError(_UNKNOWN)
    month = parts["month"].lower()
    zone = parts["zone"] or "+0000"
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
    try:
        parsed = datetime(
            int(parts["year"]),
            int(month) if month.isdigit() else _MONTHS.index(month) + 1,
            int(parts["day"]),
            _hour(parts["hour"], parts["half"]),
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            int((parts["fraction"] or "")[:6].ljust(6, "0")),
            tzinfo=timezone(offset),
        )
        return iso_timestamp(parsed.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise ValueError("This date or time does not exist.") from error


def _hour(text: str | None, half: str | None) -> int:
    hour = int(text or 0)
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("twelve hours")
    return hour % 12 + (12 if half.lower() == "pm" else 0)
