"""What `{"$date": …}` means: a date as ISO text, or a word for a time that is reckoned from now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

_START = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
DYNAMIC: Mapping[str, Callable[[datetime], datetime]] = {
    "$now": lambda now: now,
    "$currentDate": lambda now: now.replace(**_START),
    "$currentMonth": lambda now: now.replace(day=1, **_START),
    "$currentYear": lambda now: now.replace(month=1, day=1, **_START),
}


def moment(raw: Any, *, now: datetime) -> str:
    """ISO text, in UTC where it is reckoned; raises `ValueError` with the reason."""
    if type(raw) is not str:
        raise ValueError("Must be an ISO 8601 date, or one of " + ", ".join(DYNAMIC) + ".")
    if raw in DYNAMIC:
        return DYNAMIC[raw](now).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    try:
        datetime.fromisoformat(raw)
    except ValueError as problem:
        raise ValueError("Must be an ISO 8601 date, or one of " + ", ".join(DYNAMIC) + ".") from problem
    return raw
