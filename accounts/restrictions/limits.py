"""The limits of a team and of a key: their names, defaults and windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings

# The setting with the default of each limit of a team.
DEFAULTS: Mapping[str, str] = {
    "databases": "MAX_DATABASES",
    "collections": "MAX_COLLECTIONS",
    "documents": "QUOTA_DOCUMENTS",
    "bytes": "QUOTA_BYTES",
    "keys": "MAX_KEYS",
    "import_bytes": "MAX_IMPORT_BYTES",
    "requests_per_month": "QUOTA_REQUESTS_PER_MONTH",
    "requests_per_minute": "TEAM_REQUESTS_PER_MINUTE",
    "key_requests_per_minute": "KEY_REQUESTS_PER_MINUTE",
}
# Settings that bound every request: a team's own limit is at most as high.
CAPPED = frozenset({"collections", "import_bytes"})
# Limits that are switched off by 0.
OPTIONAL = frozenset(name for name, setting in DEFAULTS.items() if not setting.startswith("MAX_"))
_DESCRIPTIONS: Mapping[str, str] = {
    "key-minute": "this key may send {} requests a minute",
    "key-day": "this key may send {} requests a day",
    "team-minute": "the team may send {} requests a minute",
    "team-month": "the team may send {} requests a month",
}


class Window(StrEnum):
    """The span in which requests are counted, in UTC."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the start and the end of the window that a time in UTC is in."""
        start = now.replace(second=0, microsecond=0)
        if self is Window.MINUTE:
            return start, start + timedelta(minutes=1)
        start = start.replace(hour=0, minute=0)
        if self is Window.DAY:
            return start, start + timedelta(days=1)
        start = start.replace(day=1)
        return start, (start + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """At most `limit` requests of `subject`, the id of a key or a team, in a window; `name` is its policy's."""

    name: str
    subject: str
    limit: int
    window: Window

    def describe(self) -> str:
        return _DESCRIPTIONS[self.name].format(self.limit)


def team_limit(own: Mapping[str, int], name: str) -> int | None:
    """Return a limit of a team, of which `own` are those that were set for it; None for no limit."""
    value: int = own.get(name, getattr(settings, DEFAULTS[name]))
    return None if name in OPTIONAL and value == 0 else value


def request_limits(
    team_id: int,
    own: Mapping[str, int],
    *,
    key_id: int | None = None,
    rate: int | None = None,
    daily_quota: int | None = None,
) -> tuple[RequestLimit, ...]:
    """Return the limits that apply to the requests of a key or, without `key_id`, of a person."""
    team = f"t{team_id}"
    values = [
        ("team-minute", team, team_limit(own, "requests_per_minute"), Window.MINUTE),
        ("team-month", team, team_limit(own, "requests_per_month"), Window.MONTH),
    ]
    if key_id is not None:
        default = team_limit(own, "key_requests_per_minute")
        rates = [value for value in (rate, default) if value is not None]
        values = [
            ("key-minute", f"k{key_id}", min(rates, default=None), Window.MINUTE),
            ("key-day", f"k{key_id}", daily_quota, Window.DAY),
            *values,
        ]
    return tuple(RequestLimit(name, subject, limit, window) for name, subject, limit, window in values if limit)


def quota_reached(name: str, *, used: int, limit: int) -> str:
    """Return the message for a use of the team that may not grow."""
    return (
        f"The team's quota `{name}` is reached: {used} of {limit} are used. It does not reset: delete "
        "something, or ask the operator for a higher quota. GET /api/usage shows every quota."
    )


def ends(at: datetime) -> str:
    """Return a time for a message, in UTC to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
