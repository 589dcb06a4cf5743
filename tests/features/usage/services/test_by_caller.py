"""Requests by team, caller, database and day: added, summed, and counted for a limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.restrictions.limits import RequestLimit, Window
from features.usage.models import CallerUsage
from features.usage.services import by_caller, delete_old

pytestmark = pytest.mark.django_db
ID, OTHER = "60c72b2f9b1d8b1a2d3e4567", "60c72b2f9b1d8b1a2d3e4568"


@pytest.fixture
def today() -> int:
    return int(timezone.now().timestamp()) // by_caller.SECONDS_OF_DAY


def test_counts_are_added_and_summed(today: int) -> None:
    for _ in range(2):
        by_caller.add(
            {(1, "k1", ID, today): [3, 2, 1], (1, "u1", "", today): [1, 0, 0], (2, "k9", ID, today): [9, 0, 0]}
        )
    by_caller.add({(1, "k1", OTHER, today - 1): [5, 0, 0]})
    assert by_caller.sums(1, "actor", days=2, databases=None) == [
        {"actor": "k1", "requests": 11, "errors": 4, "refused": 2},
        {"actor": "u1", "requests": 2, "errors": 0, "refused": 0},
    ]
    assert by_caller.sums(1, "database_id", days=1, databases=[ID, OTHER]) == [
        {"database_id": ID, "requests": 6, "errors": 4, "refused": 2}
    ]
    days = by_caller.sums(1, "day", days=2, databases=None)
    assert [(row["day"], row["requests"]) for row in days] == [
        (by_caller.day_of(today - 1), 5),
        (by_caller.day_of(today), 8),
    ]


def test_refused_requests_do_not_count_for_a_limit(today: int) -> None:
    start = datetime.fromtimestamp(today * by_caller.SECONDS_OF_DAY, UTC)
    by_caller.add(
        {(1, "k1", ID, today): [7, 2, 2], (1, "k2", "", today): [4, 0, 0], (1, "k1", ID, today - 40): [9, 0, 0]}
    )
    of_key = RequestLimit("key-day", "k1", 10, Window.DAY)
    of_team = RequestLimit("team-month", "t1", 10, Window.MONTH)
    assert (by_caller.count_since(of_key, start), by_caller.count_since(of_team, start)) == (5, 9)
    assert by_caller.count_since(of_key, start + timedelta(days=1)) == 0


def test_old_days_are_deleted_but_no_day_of_the_present_month(today: int, settings) -> None:
    settings.INSIGHTS_DAYS = 1
    by_caller.add({(1, "k1", ID, today - days): [1, 0, 0] for days in (0, 30, 32)})
    delete_old()
    assert {row.day for row in CallerUsage.objects.all()} == {by_caller.day_of(today), by_caller.day_of(today - 30)}
