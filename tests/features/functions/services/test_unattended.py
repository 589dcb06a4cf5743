"""Calls without a caller: schedules, events, and what their publisher may do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

import engine
from accounts.models import Membership
from accounts.principal import PersonPrincipal
from features.functions import tasks
from features.functions.models import Function, Invocation
from features.functions.services import unattended
from tests.features.functions.support import publish, require_deno

NOW = datetime(2026, 11, 30, 11, 37, 5, tzinfo=UTC)
SCHEDULES = [
    ("*/5 * * * *", datetime(2026, 11, 30, 11, 40, tzinfo=UTC)),
    ("0 3 * * *", datetime(2026, 12, 1, 3, 0, tzinfo=UTC)),
    ("0 0 1 1 *", datetime(2027, 1, 1, 0, 0, tzinfo=UTC)),
    ("30 9 * * 1-5", datetime(2026, 12, 1, 9, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("schedule", "expected"), SCHEDULES)
def test_the_next_time_of_a_schedule(schedule: str, expected: datetime) -> None:
    assert unattended.next_time(schedule, after=NOW) == expected


@pytest.mark.parametrize(
    "schedule", ["", "* * * *", "61 * * * *", "a b c d e", "0 0 31 2 *", "* * * * * *", "*" * 300]
)
def test_wrong_schedules(schedule: str) -> None:
    with pytest.raises(engine.Invalid, match="Must be five fields of cron"):
        unattended.next_time(schedule, after=NOW)


def last(function: Function) -> tuple[str, str, str]:
    row = Invocation.objects.filter(function=function).latest("pk")
    return row.method, row.data, row.error.split("\n")[0]


def test_schedules_and_events(owner: PersonPrincipal, monkeypatch: pytest.MonkeyPatch) -> None:
    require_deno()
    function = publish(owner, "export default async ({ method, db }: any) => [method, await db.find('films')]")
    database_id = function.database.public_id
    before, yearly = timezone.now(), "0 0 1 1 *"  # which does not become due during the test
    starts = unattended.set_starts(owner, database_id, function.pk, triggers=[], schedule=yearly)
    assert starts.schedule == yearly
    assert starts.due_at is not None
    assert before < starts.due_at <= timezone.now() + timedelta(days=366)
    queued: list[str] = []
    monkeypatch.setattr(tasks.run_scheduled, "delay", queued.append)
    tasks.run_due()
    assert function.pk not in queued
    Function.objects.filter(pk=function.pk).update(due_at=timezone.now() - timedelta(hours=3))
    tasks.run_due()
    tasks.run_due()
    assert queued.count(function.pk) == 1  # the times that were missed are one call
    tasks.run_scheduled(function.pk)
    assert last(function) == ("SCHEDULE", "null", "Error: The database has no collection 'films'.")
    status, text = unattended.deliver_event(database_id, function.pk, {"event": "insert"})
    assert (status, last(function)[0]) == (500, "EVENT")
    assert "has no collection" in text
    Membership.objects.filter(user=owner.user_id).delete()  # who published it has left the team
    tasks.run_scheduled(function.pk)
    assert last(function) == ("SCHEDULE", "null", "Error: Not found or access denied")
    Function.objects.filter(pk=function.pk).delete()
    tasks.run_scheduled(function.pk)
    with pytest.raises(engine.NotFound):
        unattended.deliver_event(database_id, function.pk, {})
