"""Defaults of a team's limits, the limits of a key's requests, and their windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from accounts.restrictions.limits import DEFAULTS, Window, ends, quota_reached, request_limits, team_limit

NOW = datetime(2026, 12, 31, 23, 59, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        (Window.MINUTE, datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (Window.DAY, datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (Window.MONTH, datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_windows(window: Window, start: datetime, end: datetime) -> None:
    assert window.bounds(NOW) == (start, end)


def test_defaults_are_settings_and_optional_ones_are_off(settings) -> None:
    assert {name: team_limit({}, name) for name in DEFAULTS} == {
        "databases": settings.MAX_DATABASES,
        "collections": settings.MAX_COLLECTIONS,
        "documents": None,
        "bytes": None,
        "keys": settings.MAX_KEYS,
        "import_bytes": settings.MAX_IMPORT_BYTES,
        "requests_per_month": None,
        "requests_per_minute": None,
        "key_requests_per_minute": None,
    }
    assert request_limits(1, {}, key_id=2) == ()


def test_a_limit_of_the_team_replaces_the_default(settings) -> None:
    settings.QUOTA_DOCUMENTS = 5
    assert (team_limit({}, "documents"), team_limit({"documents": 7}, "documents")) == (5, 7)
    assert team_limit({"documents": 0}, "documents") is None
    assert team_limit({"keys": 0}, "keys") == 0


def test_the_lower_rate_of_a_key_counts(settings) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 100
    limits = request_limits(1, {"requests_per_month": 9}, key_id=2, rate=60, daily_quota=50)
    assert [(limit.name, limit.subject, limit.limit) for limit in limits] == [
        ("key-minute", "k2", 60),
        ("key-day", "k2", 50),
        ("team-month", "t1", 9),
    ]
    assert [limit.limit for limit in request_limits(1, {}, key_id=2, rate=600)] == [100]
    assert request_limits(1, {}) == ()


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
        (datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)),
        (datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)
def test_months_of_any_length(now: datetime, end: datetime) -> None:
    start, ends_at = Window.MONTH.bounds(now)
    assert (start.day, ends_at) == (1, end)


def test_a_limit_says_what_it_allows_and_when_it_ends() -> None:
    month, minute = request_limits(1, {"requests_per_month": 9, "requests_per_minute": 3})[::-1]
    assert month.describe() == "the team may send 9 requests a month"
    assert minute.describe() == "the team may send 3 requests a minute"
    assert ends(datetime(2026, 5, 1, 14, 0, 1, 7, tzinfo=timezone(timedelta(hours=2)))) == "2026-05-01T12:00:01Z"
    text = quota_reached("bytes", used=5, limit=4)
    assert text.startswith("The team's quota `bytes` is reached: 5 of 4 are used.")
