"""The queue is only a wake-up call: it may be lost, doubled or away."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

import engine
from features.jobs import spool, tasks
from features.jobs.models import Job, JobState
from tests.features.jobs.conftest import Accept, rows_of


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the jobs that are queued."""
    queued: list[str] = []
    monkeypatch.setattr(tasks.run_job, "delay", queued.append)
    return queued


def test_the_task_does_the_job_and_may_be_run_again(accept: Accept, numbers: Callable) -> None:
    job = accept(rows_of(25))
    for _ in range(3):
        tasks.run_job(job.pk)
    assert numbers() == [-1, *range(25)]
    tasks.run_job("no such job")


def test_a_job_without_a_worker_is_queued_again(accept: Accept, woken: list[str]) -> None:
    jobs = {state: accept(rows_of(1)) for state in JobState}
    late, soon = timezone.now() - timedelta(seconds=1), timezone.now() + timedelta(seconds=600)
    for state, job in jobs.items():
        Job.objects.filter(pk=job.pk).update(state=state, lease_until=late)
    at_work = accept(rows_of(1))
    Job.objects.filter(pk=at_work.pk).update(state=JobState.RUNNING, lease_until=soon)
    tasks.resume_jobs()
    assert sorted(woken) == sorted(
        jobs[state].pk for state in (JobState.QUEUED, JobState.RUNNING, JobState.ROLLING_BACK)
    )


def test_a_queue_that_is_away_takes_nothing(accept: Accept, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(job_id: str) -> None:
        raise OperationalError("Error 111 connecting to 10.1.2.3:6379")

    monkeypatch.setattr(tasks.run_job, "delay", refuse)
    job = accept(rows_of(1))
    with pytest.raises(engine.Unavailable) as caught:
        tasks.enqueue(job.pk)
    assert (caught.value.message, caught.value.retry_after) == ("The job could not be queued. Try again.", 5)
    assert not Job.objects.filter(pk=job.pk).exists()
    assert not spool.path_of(job.pk).exists()


def test_a_job_that_a_worker_has_started_keeps_its_file(accept: Accept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that the file stays: the message may have been delivered although the queue seemed unavailable."""

    def begin_and_refuse(job_id: str) -> None:
        Job.objects.filter(pk=job_id).update(state=JobState.RUNNING)
        raise OperationalError

    monkeypatch.setattr(tasks.run_job, "delay", begin_and_refuse)
    job = accept(rows_of(1))
    with pytest.raises(engine.Unavailable):
        tasks.enqueue(job.pk)
    assert spool.path_of(job.pk).exists()


def test_files_without_jobs_are_removed_in_the_end(accept: Accept, woken: list[str], own_spool: Any) -> None:
    job, done = accept(rows_of(1)), accept(rows_of(1))
    Job.objects.filter(pk=done.pk).update(state=JobState.DONE)
    (own_spool / "orphan.json").write_bytes(b"[")
    (own_spool / "fresh.json").write_bytes(b"[")
    long_ago = time.time() - 2 * 24 * 3600
    for name in (job.pk, done.pk, "orphan"):
        os.utime(spool.path_of(name), (long_ago, long_ago))
    tasks.resume_jobs()
    assert {path.stem for path in own_spool.iterdir()} == {job.pk, "fresh"}
