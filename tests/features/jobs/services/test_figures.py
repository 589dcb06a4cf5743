"""The figures of open jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from features.jobs.models import Job, JobState, Task
from features.jobs.services import figures

pytestmark = pytest.mark.django_db


def make(name: str, task: Task, state: JobState, *, minutes: int) -> None:
    now = timezone.now()
    Job.objects.create(id=name, task=task, state=state, database_id="a" * 24, grant={}, size=1, lease_until=now)
    Job.objects.filter(pk=name).update(created_at=now - timedelta(minutes=minutes))


def test_without_jobs_there_is_nothing_to_count() -> None:
    assert (figures().open, figures().oldest_seconds) == ({}, 0.0)


def test_open_jobs_are_counted_and_the_oldest_one_has_its_age() -> None:
    make("a", Task.IMPORT, JobState.QUEUED, minutes=10)
    make("b", Task.IMPORT, JobState.QUEUED, minutes=1)
    make("c", Task.CLONE, JobState.RUNNING, minutes=5)
    make("d", Task.CLONE, JobState.DONE, minutes=60)
    assert figures().open == {("import", "queued"): 2, ("clone", "running"): 1}
    assert 600 <= figures().oldest_seconds < 700
