"""The jobs that a caller sees, and how fast they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

import engine
from accounts.principal import Principal, Scope
from features.jobs import services
from features.jobs.models import Job, JobState
from features.jobs.services.progress import status_of
from tests.features.jobs.conftest import Accept, rows_of
from tests.tenants import key_of

ALL: dict[str, Any] = {"database_id": "", "state": "", "task": "", "page": 1, "page_size": 10}


def test_jobs_are_listed_by_state_and_task(
    accept: Accept, owner: Principal, database: engine.Database, make_principal: Callable[..., Principal]
) -> None:
    jobs = [accept(rows_of(2)).pk for _ in range(3)]
    services.run(jobs[1])

    def listed(principal: Principal = owner, **filters: Any) -> list[str]:
        return [item.job_id for item in services.list_jobs(principal, **{**ALL, **filters})[0]]

    assert listed() == jobs[::-1]
    assert listed(database_id=database.id, state="queued", task="import") == [jobs[2], jobs[0]]
    assert listed(state="done") == [jobs[1]]
    assert listed(page=2, page_size=2) == [jobs[0]]
    assert services.list_jobs(owner, **{**ALL, "page_size": 1})[1] == 3
    assert listed(task="clone") == listed(make_principal()) == []
    elsewhere = key_of(owner, Scope(actions=engine.ALL_ACTIONS, databases=frozenset({"a" * 24})))
    assert listed(elsewhere) == []
    with pytest.raises(engine.NotFound):
        listed(make_principal(), database_id=database.id)
    with pytest.raises(engine.Invalid) as caught:
        listed(state="x", task="y")
    assert [item.field for item in caught.value.errors] == ["state", "task"]


def test_the_rate_is_that_of_the_last_progress(accept: Accept) -> None:
    job = accept(rows_of(3))
    assert (status_of(job).rate, status_of(job).seconds_left) == (None, None)
    lease = timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
    now = timezone.now()
    job.state, job.started_at, job.lease_until = JobState.RUNNING, now - timedelta(seconds=4), now + lease
    job.size, job.position, job.rows = 400, 100, 50
    assert (status_of(job).rate, status_of(job).seconds_left) == (12.5, 12)
    job.state, job.finished_at, job.position = JobState.DONE, now + timedelta(seconds=6), 400
    assert (status_of(job).rate, status_of(job).seconds_left) == (5.0, None)


def test_a_job_that_ran_has_a_rate(accept: Accept, owner: Principal) -> None:
    job = accept(rows_of(30))
    services.run(job.pk)
    assert (services.status(owner, job.pk).rate or 0) > 0
    assert Job.objects.get().started_at is not None
